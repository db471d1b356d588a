# The examples, built by skep, do in the running kernel what they say.

setup_file() {
  : "${SKEP:=$PWD/out/skep}"
  export BIN="$BATS_FILE_TMPDIR/build"
  [ -r /sys/kernel/btf/vmlinux ] || skip "this kernel has no type information to build with"
  make -s -C examples SKEP="$SKEP" BUILD="$BIN"
}

setup() {
  [ "$(id -u)" = 0 ] || skip "loading programs needs root"
}

# Root in a container may still not load programs; that is no fault of the example.
skip_if_forbidden() {
  if [[ $output == *"loading the program"*"not permitted"* ]]; then
    skip "this machine does not let root load BPF programs"
  fi
}

@test "execs reports a program with its arguments" {
  "$BIN/execs" -d 2 >"$BATS_TEST_TMPDIR/events" 2>&1 &
  for _ in $(seq 50); do
    [ -s "$BATS_TEST_TMPDIR/events" ] && break
    sleep 0.1
  done
  /bin/true "one  two" three
  wait $! || true
  output=$(cat "$BATS_TEST_TMPDIR/events")
  skip_if_forbidden
  echo "$output"
  grep -q '/bin/true one  two three$' <<<"$output"
}

@test "connlat counts a connection by its port" {
  "$BIN/connlat" -d 2 >"$BATS_TEST_TMPDIR/result" 2>&1 &
  for _ in $(seq 50); do
    [ -s "$BATS_TEST_TMPDIR/result" ] && break
    sleep 0.1
  done
  port=$(python3 -c 'import socket
s = socket.create_server(("127.0.0.1", 0))
socket.create_connection(s.getsockname())
print(s.getsockname()[1])')
  wait $! || true
  output=$(cat "$BATS_TEST_TMPDIR/result")
  skip_if_forbidden
  echo "$output"
  grep -q "^port $port: 1 connection, " <<<"$output"
}

@test "pktcount attaches to an interface and counts" {
  # In a network namespace of its own, which nothing else uses.
  unshare --net true || skip "no network namespace can be made here"
  run unshare --net "$BIN/pktcount" -g -d 1 lo
  skip_if_forbidden
  echo "$output"
  [ "$status" -eq 0 ]
  [[ $output == *PROTOCOL*PACKETS* ]]
}

@test "fence refuses every port but those it is given" {
  # Nobody needs to answer: UDP connects without sending anything.
  run "$BIN/fence" -p 53 python3 -c 'import socket
for port in 53, 80:
    try:
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM).connect(("127.0.0.1", port))
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM).connect(("192.0.2.1", port))
        print(port, "open")
    except PermissionError:
        print(port, "closed")
    except OSError as error:
        print(port, "unknown:", error)'
  skip_if_forbidden
  if [[ $output == *"control group"* || $output == *"cgroup version 2"* ]]; then
    skip "no control group can be made here: ${lines[0]}"
  fi
  if [[ $output == *"unknown: "*unreachable* ]]; then
    skip "no network to be kept from"
  fi
  echo "$output"
  [[ $output == *"53 open"* ]]
  [[ $output == *"80 closed"* ]]
  [[ $output == *"refused UDP port 80, 1 time"* ]]
}
