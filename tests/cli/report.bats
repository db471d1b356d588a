#!/usr/bin/env bats
# Reports as other programs read them: tests/harness/report_made writes those of matrices that were
# made up, so that no kernel needs to be asked.
load common

setup_file() {
  local skep=${SKEP:-$BATS_TEST_DIRNAME/../../out/skep}
  BUILD=${BUILD:-$(dirname "$skep")}
  MADE=$(realpath "$BUILD")/tests/harness/report_made
  DATA=$BATS_TEST_DIRNAME/../data/report
  export MADE DATA
}

setup() {
  start_project
  [ -x "$MADE" ] || {
    echo "no $MADE: build it"
    return 1
  }
  need_command python3
}

@test "JSON is JSON, with every program and figure" {
  for kind in four one many nasty; do
    "$MADE" "$kind" json >"$kind.json"
    python3 -c 'import json, sys; json.load(open(sys.argv[1], encoding="utf-8"))' "$kind.json"
  done
  run -0 python3 - four.json <<'END'
import json, sys
report = json.load(open(sys.argv[1]))
assert report["schema"] == 1
assert report["summary"] == {"passed": 8, "skipped": 1, "failed": 6}
assert [k["name"] for k in report["kernels"]] == ["5.10", "6.1", "6.12", "running"]
assert report["kernels"][3]["trouble"].startswith("the machine died")
programs = {p["program"]: p for p in report["programs"]}
assert list(programs) == ["disk_start", "disk_done", "accept", "refuse"]
first = programs["disk_done"]["verdicts"][0]
assert (first["state"], first["verdict"], first["line"]) == ("failed", "rejected", 42)
assert first["log"].count("\n") == 7
assert [v["kernel"] for v in programs["accept"]["verdicts"]] == ["5.10", "6.1", "6.12"]
assert programs["refuse"]["verdicts"][3]["verdict"] is None
states = [v["state"] for p in report["programs"] for v in p["verdicts"]]
assert {s: states.count(s) for s in states} == report["summary"]
END
}

@test "JUnit is XML whose counts are true" {
  for kind in four one many nasty; do
    "$MADE" "$kind" junit >"$kind.xml"
  done
  run -0 python3 - ./*.xml <<'END'
import sys, xml.etree.ElementTree as tree
for name in sys.argv[1:]:
    root = tree.parse(name).getroot()
    assert root.tag == "testsuites"
    for scope in [root, *root]:
        cases = list(scope.iter("testcase"))
        assert int(scope.get("tests")) == len(cases), name
        assert int(scope.get("failures")) == len(list(scope.iter("failure")))
        assert int(scope.get("skipped")) == len(list(scope.iter("skipped")))
        assert abs(float(scope.get("time")) - sum(float(c.get("time")) for c in cases)) < 1e-3
END
}

@test "CSV is read by others as it was meant, and by ourselves" {
  for kind in four one many nasty; do
    "$MADE" "$kind" csv >"$kind.csv"
    run -0 "$MADE" "$kind" "$kind.csv"
    grep -qx "Compared with $kind.csv: [0-9]* as before" <<<"$output"
  done
  run -0 python3 - many.csv nasty.csv <<'END'
import csv, sys
for name in sys.argv[1:]:
    with open(name, newline="", errors="surrogateescape") as f:
        rows = list(csv.DictReader(f, strict=True))
    assert rows and all(None not in r and None not in r.values() for r in rows)
    assert {r["verdict"] for r in rows} <= {"success", "failure"}
    assert all(r["total_insns"].isdigit() for r in rows)
assert len(rows) == 2 and rows[0]["prog_name"].endswith("]")
END
}

@test "what got worse since an earlier file fails" {
  # veristat wrote of the same programs, which were accepted with less to do.
  run -1 "$MADE" one "$DATA/veristat.csv"
  says "net.bpf.o: accept  77 -> 100 (+29.9%)"
  says ": 1 dearer, 2 as before"
  sed 's/77,3/99,3/' "$DATA/veristat.csv" >old.csv
  run -0 "$MADE" one old.csv
  [ "$output" = "Compared with old.csv: 3 as before" ]
  sed 's/disk_done,failure/disk_done,success/' old.csv >older.csv
  run -1 "$MADE" one older.csv
  says "disk.bpf.o: disk_done  R1 invalid mem access 'scalar'"
  echo "file_name,prog_name,verdict,x" >bad.csv
  echo "a,b,success" >>bad.csv
  fails 2 "$MADE" one bad.csv
  says "bad.csv: line 2"
}

@test "the page is whole, and asks for nothing from elsewhere" {
  for kind in four one many nasty; do
    "$MADE" "$kind" html >"$kind.html"
  done
  run -0 python3 - ./*.html <<'END'
import sys
from html.parser import HTMLParser

class Page(HTMLParser):
    VOID = {"meta", "input"}
    def __init__(self):
        super().__init__()
        self.open, self.seen = [], {}
    def handle_starttag(self, tag, attrs):
        self.seen[tag] = self.seen.get(tag, 0) + 1
        assert not {"src", "onerror", "onclick"} & {name for name, _ in attrs}, attrs
        for name, value in attrs:
            assert name != "href" or value.startswith("#")
        if tag not in self.VOID:
            self.open.append(tag)
    def handle_endtag(self, tag):
        assert self.open.pop() == tag, (tag, self.getpos())

for name in sys.argv[1:]:
    page = Page()
    page.feed(open(name, encoding="utf-8").read())
    page.close()
    assert not page.open
    assert page.seen["script"] == page.seen["style"] == page.seen["table"] == 1
    assert "img" not in page.seen and "link" not in page.seen
END
  refute grep -q 'url(\|@import\|https\?:' ./*.html
}

# browse FILE: what a browser makes of a page.
browse() {
  timeout 60 chromium --headless --no-sandbox --disable-gpu --user-data-dir="$TOP/browser" \
    --virtual-time-budget=2000 --dump-dom "file://$PWD/$1" 2>browser.log
}

@test "a browser shows the page" {
  need_command chromium
  "$MADE" four html >four.html
  browse four.html >dom
  # The script ran, to its end: it shows the search.
  grep -q '<input type="search" id="find"' dom
  refute grep -q 'id="find"[^>]* hidden' dom
  # The browser found nothing to repair: every cell is where it was written.
  for word in '<details class="cell"' '<tr class="row' '<article' '<pre>'; do
    [ "$(grep -o "$word" dom | wc -l)" -eq "$(grep -o "$word" four.html | wc -l)" ]
  done
}

@test "names from objects do nothing in a browser" {
  need_command chromium
  "$MADE" nasty html >nasty.html
  browse nasty.html >dom
  grep -q '<title>skep verify: 0 passed, 2 failed</title>' dom
  refute grep -q '<img' dom
  [ "$(grep -o '<script' dom | wc -l)" -eq 1 ]
}
