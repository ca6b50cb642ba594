// connect.go HOST PORT CA: a TLS connection to 127.0.0.1:PORT for HOST. Exits with 0, or with 1 and the reason.
package main

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net"
	"os"
	"time"
)

func main() {
	pem, err := os.ReadFile(os.Args[3])
	if err != nil {
		panic(err)
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(pem) {
		panic("no certificate in " + os.Args[3])
	}
	dialer := &net.Dialer{Timeout: 10 * time.Second}
	config := &tls.Config{RootCAs: roots, ServerName: os.Args[1]}
	connection, err := tls.DialWithDialer(dialer, "tcp", "127.0.0.1:"+os.Args[2], config)
	if err != nil {
		fmt.Fprintln(os.Stderr, "refused:", err)
		os.Exit(1)
	}
	connection.Close()
}
