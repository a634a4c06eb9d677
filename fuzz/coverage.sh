#!/usr/bin/env bash
# Which lines of its parser each target's committed corpus reaches, or that of the targets which are
# named. Takes valgrind and readelf. Lines are those that hold code in the test's binary.
set -euo pipefail
cd "$(dirname "$0")"

tests=$(cargo test -p wechatpay-fuzz --test corpus --no-run 2>&1 | sed -n 's/.*Executable.*(\(.*\))/\1/p')
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
readelf --wide --debug-dump=decodedline "$tests" 2>/dev/null >"$work/lines"

# In what is called $1: how many lines the corpus of that target reaches, of how many in files like $2.
reached() {
    valgrind --tool=callgrind --callgrind-out-file="$work/$1" --compress-pos=no --compress-strings=no \
        "$tests" --exact "$1" --test-threads=1 >"$work/told" 2>&1 || { cat "$work/told"; exit 1; }
    awk -v root="$(dirname "$PWD")/" -v parser="^($2)" '
        function path(text) {
            sub(/:(\[\+\+\])?$/, "", text)
            if (index(text, root) == 1) text = substr(text, length(root) + 1)
            sub(/^\.\//, "", text)
            return text
        }
        FNR == 1 { table++ }
        table == 1 && /^CU: / { file = path(substr($0, 5)); next }
        table == 1 && /:(\[\+\+\])?$/ { file = path($0); next }
        table == 1 {
            name = file
            sub(/.*\//, "", name)
            if ($1 == name && $2 ~ /^[1-9]/ && file ~ parser) all[file, $2]
            next
        }
        /^f[lie]=/ { file = path(substr($0, 4)); next }
        /^[0-9]/ && ((file, $1) in all) { reached[file, $1] }
        END {
            for (line in all) lines++
            for (line in reached) hits++
            printf "%d of %d (%d %%)\n", hits, lines, 100 * hits / lines
        }' "$work/lines" "$work/$1"
}

# All targets, or those that are named.
while read -r target parser; do
    [ $# -eq 0 ] || [[ " $* " = *" $target "* ]] || continue
    echo "| \`$target\` | $(reached "$target" "$parser") |"
done <<'PARSERS'
answer core/src/(pending|keys|stamp|error/response)[.]rs
arguments cli/src/(args|json_arg|redact|commands/.*)[.]rs
authorization core/src/authorization[.]rs
bill core/src/api/bill/
certificate_list core/src/(api/certificates|resource)[.]rs
error_body core/src/error/response[.]rs
gateway_request gateway/src/(authenticate|route|query|json|read|read/.*|admin|admin/.*)[.]rs
headers core/src/(stamp|coverage)[.]rs
key_files core/src/(certificate|private_key)[.]rs
ledger gateway/src/(ledger|orders|subsidies|after_sales|due|records|(sharing|refunds|coupons|checkout).*)[.]rs
notice core/src/notice([.]rs|/(envelope|event|refund|sharing)[.]rs)
round_trip core/src/(call|target|canonical|platform|multipart)[.]rs
typed_answer core/src/(api/open_enum|api/lenient|datetime)[.]rs
upload core/src/platform/upload[.]rs
PARSERS
