#!/bin/sh
# What a user of the Azure CLI does:  batch.sh AZ
# Signs in as a service principal, works with Batch by Entra ID and by key, with task files and with blobs.
set -eu
az=$1
export AZURE_CONFIG_DIR="$PWD/azure" AZURE_CORE_COLLECT_TELEMETRY=no AZURE_CORE_ONLY_SHOW_ERRORS=yes AZURE_CORE_NO_COLOR=yes
account=$AZURE_BATCH_ACCOUNT
storage=$AZURE_STORAGE_ACCOUNT
storage_key=$AZURE_STORAGE_KEY
# The CLI takes names and keys from these variables; only what a step is about is to be used in it.
unset AZURE_BATCH_ACCOUNT AZURE_BATCH_ENDPOINT AZURE_BATCH_ACCESS_KEY AZURE_STORAGE_ACCOUNT AZURE_STORAGE_KEY AZURE_STORAGE_CONNECTION_STRING

fail() { echo "$1" >&2; exit 1; }
same() { [ "$2" = "$3" ] || fail "$1: '$2' instead of '$3'"; }
# WHAT EXPECTED COMMAND...: repeats the command until it prints that.
wait_for() {
  what=$1 expected=$2 tries=0
  shift 2
  until [ "$("$@" 2>/dev/null)" = "$expected" ]; do
    tries=$((tries + 1))
    [ "$tries" -lt 60 ] || fail "$what did not become $expected in time"
    sleep 0.5
  done
}
absent() { if "$@" >output 2>&1; then echo there; else grep -q "NotFound\|does not exist" output && echo gone; fi; }

echo "client: azure-cli $("$az" version --query '"azure-cli"' -o tsv)"
umask 077
printf %s "$AZURE_CLIENT_SECRET" >secret
unset AZURE_CLIENT_SECRET
"$az" login --service-principal --username "$AZURE_CLIENT_ID" --password @secret --tenant "$AZURE_TENANT_ID" -o none
same "the subscription" "$("$az" account show --query id -o tsv)" "$AZURE_SUBSCRIPTION_ID"
echo "ok: az login --service-principal"

group=$("$az" batch account list --query "[?name=='$account'].resourceGroup | [0]" -o tsv)
[ -n "$group" ] || fail "az batch account list does not name $account"
same "the account" "$("$az" batch account show -g "$group" -n "$account" --query provisioningState -o tsv)" Succeeded
"$az" batch account login -g "$group" -n "$account" -o none
echo "ok: az batch account login"

"$az" batch pool create --id cli-pool --vm-size standard_d2s_v3 --target-dedicated-nodes 1 \
  --image canonical:0001-com-ubuntu-server-jammy:22_04-lts --node-agent-sku-id "batch.node.ubuntu 22.04" -o none
wait_for "the pool" steady "$az" batch pool show --pool-id cli-pool --query allocationState -o tsv
wait_for "the node" idle "$az" batch node list --pool-id cli-pool --query "[0].state" -o tsv
echo "ok: pool create, node list"

"$az" batch account login -g "$group" -n "$account" --shared-key-auth -o none
echo "ok: az batch account login --shared-key-auth"
"$az" batch job create --id cli-job --pool-id cli-pool -o none
"$az" batch task create --job-id cli-job --task-id one --command-line "/bin/sh -c 'echo hello from a task'" -o none
cat >tasks.json <<'EOF'
[{"id": "two", "commandLine": "/bin/sh -c 'echo two > two.txt'"}, {"id": "three", "commandLine": "/bin/sh -c 'exit 3'"}]
EOF
"$az" batch task create --job-id cli-job --json-file tasks.json -o none
for task in one two three; do
  wait_for "task $task" completed "$az" batch task show --job-id cli-job --task-id $task --query state -o tsv
done
same "the tasks" "$("$az" batch task list --job-id cli-job --query "sort([].id) | join(' ', @)" -o tsv)" "one three two"
same "the exit code" "$("$az" batch task show --job-id cli-job --task-id three --query executionInfo.exitCode -o tsv)" 3
echo "ok: job create, task create, task list, task show"
"$az" batch task file download --job-id cli-job --task-id one --file-path stdout.txt --destination ./stdout.txt -o none
same "stdout.txt" "$(cat stdout.txt)" "hello from a task"
"$az" batch task file list --job-id cli-job --task-id two --recursive true --query "[].name" -o tsv | grep -q "wd/two.txt" || fail "wd/two.txt is not listed"
echo "ok: task file download, task file list"
"$az" batch job delete --job-id cli-job --yes -o none
"$az" batch pool delete --pool-id cli-pool --yes -o none
wait_for "the job" gone absent "$az" batch job show --job-id cli-job
wait_for "the pool" gone absent "$az" batch pool show --pool-id cli-pool
echo "ok: job and pool deleted"

head -c 300000 /dev/urandom >upload.bin
for auth in login key; do
  # Read by the CLI from the environment, so that no key is in a command line.
  case $auth in key) export AZURE_STORAGE_KEY="$storage_key" ;; esac
  blob() { "$az" storage "$@" --account-name "$storage" --auth-mode $auth; }
  blob container create --name cli -o none
  blob blob upload --container-name cli --name "by $auth" --file upload.bin --no-progress -o none
  rm -f download.bin
  blob blob download --container-name cli --name "by $auth" --file download.bin --no-progress -o none
  cmp upload.bin download.bin
  blob blob list --container-name cli --query "[].name" -o tsv | grep -qx "by $auth" || fail "the blob by $auth is not listed"
  echo "ok: storage blob upload, download, list --auth-mode $auth"
done
blob container delete --name cli -o none
echo "ok: storage container delete"
echo done
