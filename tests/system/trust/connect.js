// connect.js HOST PORT CA: a TLS connection to 127.0.0.1:PORT for HOST. Exits with 0, or with 1 and the reason.
const fs = require("fs");
const tls = require("tls");
const [host, port, ca] = process.argv.slice(2);
const named = /^[\d.]+$/.test(host) ? {} : { servername: host };
const socket = tls.connect({
  host: "127.0.0.1", port: Number(port), ca: fs.readFileSync(ca), ...named,
  checkServerIdentity: (_, certificate) => tls.checkServerIdentity(host, certificate),
}, () => { socket.end(); process.exit(0); });
socket.setTimeout(10000, () => socket.destroy(new Error("no answer in time")));
socket.on("error", (error) => { console.error("refused: " + error.message); process.exit(1); });
