#!/usr/bin/env bats
# Results that another machine made: a remote cache, served by nginx, by bazel-remote, and by nobody.
load common

setup() {
  start_project
  export SKEP_CACHE=$TOP/store HOME=$TOP/home
  unset http_proxy https_proxy HTTPS_PROXY all_proxy ALL_PROXY no_proxy NETRC
  unset SKEP_REMOTE_CA CURL_CA_BUNDLE SSL_CERT_FILE
  unset SKEP_REMOTE_CACHE SKEP_REMOTE_USER SKEP_REMOTE_PASSWORD SKEP_REMOTE_TOKEN
  mkdir "$HOME"
  BAZEL_REMOTE_PID=
}

teardown() {
  [ -z "$BAZEL_REMOTE_PID" ] || kill "$BAZEL_REMOTE_PID"
  stop_nginx
}

# --- servers

# A port where nobody listens, most probably.
free_port() {
  local port
  while :; do
    port=$((20000 + RANDOM % 10000))
    listens_on "$port" 2>/dev/null || break
  done
  echo "$port"
}

listens_on() {
  (exec 3<>"/dev/tcp/127.0.0.1/$1")
}

# A certificate for this machine, and the user "me" whose password is "sesame".
make_credentials() {
  mkdir -p "$TOP/nginx"
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 \
    -subj /CN=localhost -addext subjectAltName=DNS:localhost \
    -keyout "$TOP/nginx/key.pem" -out "$TOP/nginx/cert.pem" 2>/dev/null
  echo "me:$(openssl passwd -apr1 sesame)" >"$TOP/nginx/users"
}

# start_nginx [SETTING...]: serves $TOP/nginx/files at https://localhost:$PORT/skep, and without TLS
# at $PLAIN_PORT; what requests say is in $TOP/nginx/log. The settings stand in the location.
start_nginx() {
  need_command nginx
  need_command openssl
  [ -e "$TOP/nginx/cert.pem" ] || make_credentials
  mkdir -p "$TOP/nginx/files/skep" "$TOP/nginx/temp"
  PORT=$(free_port)
  PLAIN_PORT=$(free_port)
  URL=https://localhost:$PORT/skep
  {
    [ "$(id -u)" -ne 0 ] || echo 'user root;'
    cat <<END
pid $TOP/nginx/pid;
error_log $TOP/nginx/errors;
events {}
http {
  log_format said '\$request_method \$status \$server_protocol [\$http_authorization]'
    ' \$sent_http_content_encoding';
  access_log $TOP/nginx/log said;
  client_body_temp_path $TOP/nginx/temp;
  fastcgi_temp_path $TOP/nginx/temp;
  proxy_temp_path $TOP/nginx/temp;
  scgi_temp_path $TOP/nginx/temp;
  uwsgi_temp_path $TOP/nginx/temp;
  server {
    listen 127.0.0.1:$PORT ssl http2;
    listen 127.0.0.1:$PLAIN_PORT;
    ssl_certificate $TOP/nginx/cert.pem;
    ssl_certificate_key $TOP/nginx/key.pem;
    root $TOP/nginx/files;
    location /skep/ {
      $*
    }
  }
}
END
  } >"$TOP/nginx/conf"
  nginx -c "$TOP/nginx/conf" -p "$TOP/nginx" -e "$TOP/nginx/errors" 3>&-
  wait_for listens_on "$PORT"
}

stop_nginx() {
  [ -s "$TOP/nginx/pid" ] || return 0
  kill "$(cat "$TOP/nginx/pid")"
  wait_for test ! -e "$TOP/nginx/pid"
}

DAV='dav_methods PUT; create_full_put_path on; client_max_body_size 1g;'

needs_password() {
  make_credentials
  echo "auth_basic skep; auth_basic_user_file $TOP/nginx/users;"
}

trust_nginx() {
  export SKEP_REMOTE_CA=$TOP/nginx/cert.pem
}

give_password() {
  export SKEP_REMOTE_USER=me SKEP_REMOTE_PASSWORD=${1:-sesame}
}

# requests PATTERN: how many lines of the log match.
requests() {
  grep -c -e "$1" "$TOP/nginx/log" || true
}

# --- builds

# forget: as on another machine.
forget() {
  rm -rf build "$TOP/store"
}

# found: the last build ran nothing.
found() {
  says "(0 of "
}

# warned_once TEXT: the last build has one warning, and this is in it.
warned_once() {
  says "$1"
  [ "$(grep -c 'skep: warning:' <<<"$output")" -eq 1 ] || {
    show
    return 1
  }
  # Whatever is wrong, nothing that is secret is said.
  silent_on sesame
}

@test "nginx with TLS and a password: what one machine made, another finds" {
  start_nginx "$DAV" "$(needs_password)"
  trust_nginx
  give_password
  write_program one.bpf.c
  write_program two.bpf.c 2
  run -0 skep build --remote-cache "$URL" --remote-write
  silent_on warning
  before=$(digest build/*.o build/*.h)
  [ "$(find "$TOP/nginx/files/skep/ac" -type f | wc -l)" -ge 4 ]
  # What lies there lies by its content.
  for file in "$TOP"/nginx/files/skep/cas/*; do
    [ "$(sha256sum <"$file")" = "$(basename "$file")  -" ]
  done
  forget
  : >"$TOP/nginx/log"
  # Only reading, and no compiler could help.
  # shellcheck disable=SC2016
  fake_clang clang-98 <<<'[ -z "$compiles" ] || exit 1; exec "$CLANG" "$@"'
  run -0 skep build --remote-cache "$URL"
  silent_on warning
  found
  [ "$(digest build/*.o build/*.h)" = "$before" ]
  [ "$(requests 'GET 200 HTTP/2.0 \[Basic ')" -ge 4 ]
  # It is in the local store now.
  rm -rf build
  : >"$TOP/nginx/log"
  run -0 skep build --remote-cache "$URL"
  found
  [ "$(requests GET)" -eq 0 ]
}

@test "nothing is sent unless that is asked for" {
  start_nginx "$DAV"
  trust_nginx
  write_program one.bpf.c
  run -0 skep build --remote-cache "$URL"
  silent_on warning
  [ "$(requests PUT)" -eq 0 ]
  [ "$(requests 'GET 404')" -ge 1 ]
  [ -z "$(find "$TOP/nginx/files" -type f)" ]
}

@test "what the server has is not sent again" {
  start_nginx "$DAV"
  trust_nginx
  write_program one.bpf.c
  run -0 skep build --remote-cache "$URL" --remote-write
  [ "$(requests 'PUT 201')" -ge 3 ]
  find "$TOP/nginx/files/skep/ac" -type f -delete
  : >"$TOP/nginx/log"
  forget
  run -0 skep build --remote-cache "$URL" --remote-write
  [ "$(requests 'HEAD 200')" -ge 1 ]
  # Results alone.
  [ "$(requests PUT)" -eq "$(find "$TOP/nginx/files/skep/ac" -type f | wc -l)" ]
}

@test "without the right password: a warning, and the build goes on" {
  start_nginx "$DAV" "$(needs_password)"
  trust_nginx
  write_program one.bpf.c
  run -0 skep build --remote-cache "$URL"
  warned_once "it wants credentials (HTTP status 401)"
  forget
  give_password wrong
  run -0 skep build --remote-cache "$URL" --remote-write
  warned_once "it wants credentials (HTTP status 401)"
  is_object build/one.bpf.o
}

# As the documentation recommends.
@test "everybody may read, and who has the password may write" {
  start_nginx "$DAV" "limit_except GET HEAD { $(needs_password) }"
  trust_nginx
  write_program one.bpf.c
  run -0 skep build --remote-cache "$URL" --remote-write
  warned_once "it wants credentials (HTTP status 401); no more is sent"
  forget
  SKEP_REMOTE_USER=me SKEP_REMOTE_PASSWORD=sesame run -0 skep build --remote-cache "$URL" \
    --remote-write
  silent_on warning
  forget
  run -0 skep build --remote-cache "$URL"
  silent_on warning
  found
}

@test "a password from netrc, and a token" {
  start_nginx "$DAV" "$(needs_password)"
  trust_nginx
  write_program one.bpf.c
  echo "machine localhost login me password sesame" >"$HOME/.netrc"
  run -0 skep build --remote-cache "$URL" --remote-write
  silent_on warning
  [ "$(requests 'PUT 201')" -ge 3 ]
  forget
  mv "$HOME/.netrc" "$TOP/elsewhere"
  export NETRC=$TOP/elsewhere
  run -0 skep build --remote-cache "$URL"
  silent_on warning
  found
  forget
  : >"$TOP/nginx/log"
  SKEP_REMOTE_TOKEN=open.sesame run -0 skep build --remote-cache "$URL"
  warned_once "it wants credentials"
  [ "$(requests 'GET 401 .*\[Bearer open.sesame\]')" -ge 1 ]
}

@test "credentials are sent neither in the clear nor where only the project says so" {
  start_nginx "$DAV"
  trust_nginx
  give_password
  echo "default login me password sesame" >"$HOME/.netrc"
  write_program one.bpf.c
  run -0 skep build --remote-cache "http://localhost:$PLAIN_PORT/skep" --remote-write
  [ "$(requests 'PUT 201')" -ge 3 ]
  printf 'cache:\n  remote: %s\n' "$URL" >skep.yaml
  forget
  run -0 skep build
  found
  unset SKEP_REMOTE_USER SKEP_REMOTE_PASSWORD
  forget
  SKEP_REMOTE_TOKEN=sesame run -0 skep build
  found
  # Nobody has seen any.
  [ "$(requests '\[-\]')" -eq "$(requests '')" ]
  # And where the server wants them, that is said.
  stop_nginx
  start_nginx "$DAV" "$(needs_password)"
  printf 'cache:\n  remote: %s\n' "$URL" >skep.yaml
  give_password
  forget
  run -0 skep build
  warned_once "only where you name the URL yourself, with --remote-cache"
}

@test "a certificate that nobody vouches for, or of another host: a warning" {
  start_nginx "$DAV"
  write_program one.bpf.c
  run -0 skep build --remote-cache "$URL" --remote-write
  warned_once "SKEP_REMOTE_CA"
  trust_nginx
  forget
  run -0 skep build --remote-cache "https://127.0.0.1:$PORT/skep"
  warned_once "remote cache: https://127.0.0.1:$PORT/skep: "
  [ "$(requests '')" -eq 0 ]
  unset SKEP_REMOTE_CA
  forget
  CURL_CA_BUNDLE=$TOP/nginx/cert.pem run -0 skep build --remote-cache "$URL"
  silent_on warning
}

@test "a server that takes nothing, or nothing so large: a warning" {
  start_nginx
  trust_nginx
  write_program one.bpf.c
  run -0 skep build --remote-cache "$URL" --remote-write
  warned_once "(HTTP status 405); no more is sent"
  stop_nginx
  start_nginx 'dav_methods PUT; create_full_put_path on; client_max_body_size 10;'
  forget
  run -0 skep build --remote-cache "$URL" --remote-write
  warned_once "it takes nothing so large (HTTP status 413)"
}

@test "redirects are not followed" {
  start_nginx "return 302 http://127.0.0.1:1/;"
  trust_nginx
  write_program one.bpf.c
  run -0 skep build --remote-cache "$URL"
  warned_once "redirects are not followed"
}

@test "files that were damaged on the server are not used" {
  start_nginx "$DAV"
  trust_nginx
  write_program one.bpf.c
  run -0 skep build --remote-cache "$URL" --remote-write
  before=$(digest build/*.o build/*.h)
  for file in "$TOP"/nginx/files/skep/cas/*; do
    printf '\377' | dd of="$file" bs=1 seek=100 conv=notrunc status=none
  done
  forget
  run -0 skep build --remote-cache "$URL"
  warned_once "is damaged; it was not used"
  [ "$(digest build/*.o build/*.h)" = "$before" ]
  run -0 skep cache verify
}

@test "compressed on the way" {
  start_nginx "$DAV" 'gzip on; gzip_types *; gzip_min_length 1;'
  trust_nginx
  write_program one.bpf.c
  run -0 skep build --remote-cache "$URL" --remote-write
  forget
  run -0 skep build --remote-cache "$URL"
  silent_on warning
  found
  [ "$(requests "GET 200 .* gzip$")" -ge 2 ]
}

# It is no package of Debian: go install github.com/buchgr/bazel-remote/v2@latest
@test "bazel-remote accepts what is sent, and gives it back" {
  need_command bazel-remote
  port=$(free_port)
  bazel-remote --dir "$TOP/bazel" --max_size 1 --http_address "127.0.0.1:$port" \
    --grpc_address none >"$TOP/bazel.log" 2>&1 3>&- &
  BAZEL_REMOTE_PID=$!
  wait_for listens_on "$port"
  write_program one.bpf.c
  run -0 skep build --remote-cache "http://127.0.0.1:$port" --remote-write
  silent_on warning
  before=$(digest build/*.o build/*.h)
  forget
  run -0 skep build --remote-cache "http://127.0.0.1:$port"
  silent_on warning
  found
  [ "$(digest build/*.o build/*.h)" = "$before" ]
}

@test "where nobody listens: a warning, and not much time" {
  write_program one.bpf.c
  SECONDS=0
  run -0 skep build --remote-cache "http://127.0.0.1:$(free_port)/" --remote-write
  warned_once "is it running, and the URL right?"
  [ "$SECONDS" -le 5 ]
  is_object build/one.bpf.o
}

@test "a URL that cannot be used is refused, and its password not repeated" {
  write_program one.bpf.c
  fails 2 skep build --remote-cache https://me:sesame@localhost/
  says "must not have a user or password in it"
  silent_on sesame
  fails 2 skep build --remote-cache "https://localhost/?sig=sesame"
  silent_on sesame
  fails 2 skep build --remote-cache ftp://localhost/
}

# --- libcurl itself

# fake_curl BODY: a libcurl whose functions do this and nothing else.
fake_curl() {
  local name
  need_command cc
  mkdir -p "$TOP/lib"
  {
    printf '#include <stdlib.h>\n#include <unistd.h>\n'
    for name in global_init easy_init easy_cleanup easy_setopt easy_getinfo easy_strerror \
      multi_init multi_add_handle multi_remove_handle multi_perform multi_info_read multi_poll \
      multi_setopt; do
      echo "int curl_$name(void) { $1 }"
    done
  } >"$TOP/lib/curl.c"
  cc -shared -fPIC -o "$TOP/lib/libcurl.so.4" "$TOP/lib/curl.c"
}

@test "libcurl is not loaded unless a remote is used" {
  write_program one.bpf.c
  LD_DEBUG=libs run -0 skep build
  says libyaml
  silent_on libcurl
}

@test "without libcurl a build does without the remote" {
  mkdir "$TOP/lib"
  : >"$TOP/lib/libcurl.so.4"
  write_program one.bpf.c
  LD_LIBRARY_PATH=$TOP/lib run -0 skep build --remote-cache http://127.0.0.1:1/
  warned_once "install libcurl4"
  is_object build/one.bpf.o
}

@test "a libcurl that crashes takes nothing with it" {
  fake_curl 'abort();'
  write_program one.bpf.c
  LD_LIBRARY_PATH=$TOP/lib run -0 skep build --remote-cache http://127.0.0.1:1/ --remote-write
  warned_once "the process that spoke to it was killed by signal 6"
  is_object build/one.bpf.o
}

@test "a libcurl that hangs is ended" {
  fake_curl 'for (;;) pause();'
  write_program one.bpf.c
  SECONDS=0
  LD_LIBRARY_PATH=$TOP/lib run -0 skep build --remote-cache http://127.0.0.1:1/
  warned_once "the process that spoke to it was killed by signal 14"
  [ "$SECONDS" -le 15 ]
  is_object build/one.bpf.o
}
