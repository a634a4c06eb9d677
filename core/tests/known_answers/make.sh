#!/usr/bin/env bash
# Makes the known answers in this folder, and checks them all at the end.
#
#   ./make.sh              keep the keys and certificates there are
#   ./make.sh --new-keys   draw new ones: every signature changes
#
# Needs OpenSSL 3, GNU coreutils, and for AES-256-GCM only (the openssl command
# line has no AEAD) Python 3 with the package `cryptography`.

set -euo pipefail
export LC_ALL=C TZ=UTC
cd "$(dirname "${BASH_SOURCE[0]}")"

PYTHON=${PYTHON:-python3}
MCHID=1900009191
BRAND_ID=123456789
MERCHANT_SERIAL=1DDE55AD98ED71D6EDD4A4A16996DE7B47773A8D
PLATFORM_SERIAL=00A15C2D3E4F60718293A4B5C6D7E8F901234567
LEADING_ZERO_SERIAL=0A15C2D3E4F60718293A4B5C6D7E8F9012345678
HIGH_BIT_SERIAL=F5765756002FDD77
EXPIRED_SERIAL=3F2E1D0C5B4A69788796A5B4C3D2E1F00F1E2D3C
SMALL_SERIAL=6C0B7E1D2A934F58B1E07D6C5A4938271605F4E3
EC_SERIAL=4E91C0D7A3B25F681C2D3E4F5A6B7C8D9E0F1A2B
PASSPHRASE=known-answers
API_V3_KEY=0123456789abcdefGHIJKLMNOPQRSTUV

case "${1-}" in
    "") ;;
    --new-keys) rm -rf keys sealed ;;
    *) echo "usage: $0 [--new-keys]" >&2; exit 2 ;;
esac

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

fail() {
    echo "FAILED: $*" >&2
    exit 1
}

# ---------------------------------------------------------------- keys

cat > "$work/openssl.cnf" <<END
[ req ]
prompt = no
string_mask = utf8only
utf8 = yes
distinguished_name = none
x509_extensions = authority
[ none ]
[ authority ]
basicConstraints = critical, CA:TRUE
[ ca ]
default_ca = issuer
[ issuer ]
database = $work/index.txt
serial = $work/serial
new_certs_dir = $work
certificate = $work/ca.pem
private_key = $work/ca.key
default_md = sha256
policy = any
preserve = yes
email_in_dn = no
unique_subject = no
x509_extensions = leaf
string_mask = utf8only
[ any ]
countryName = optional
organizationName = optional
organizationalUnitName = optional
commonName = supplied
[ leaf ]
basicConstraints = CA:FALSE
keyUsage = digitalSignature, nonRepudiation, keyEncipherment, dataEncipherment
END
export OPENSSL_CONF="$work/openssl.cnf"

# key NAME CERTIFICATES -- OPTIONS: a private key, unless it is there. The
# certificates of an older key of that name go.
key() {
    local name=$1 certificate
    shift
    [[ -f keys/${name}_pkcs8.pem ]] && return
    while [[ $1 != -- ]]; do
        certificate=$1
        rm -f "keys/$certificate.pem"
        shift
    done
    shift
    rm -f "keys/${name}_encrypted.pem"
    openssl genpkey "$@" -out "keys/${name}_pkcs8.pem" 2> "$work/log" ||
        fail "genpkey $name: $(cat "$work/log")"
}

# certificate NAME KEY SUBJECT SERIAL START END: unless it is there. The issuer
# lives as long as this run.
certificate() {
    local name=$1 key=$2 subject=$3 serial=$4 start=$5 end=$6
    [[ -f keys/$name.pem ]] && return
    if [[ ! -f $work/ca.pem ]]; then
        openssl req -x509 -newkey rsa:2048 -noenc -days 1 -utf8 \
            -subj "/C=CN/O=Tenpay.com/OU=Tenpay.com CA Center/CN=Tenpay.com Root CA (TEST)" \
            -keyout "$work/ca.key" -out "$work/ca.pem" 2> "$work/log" ||
            fail "issuer: $(cat "$work/log")"
    fi
    : > "$work/index.txt"
    echo "$serial" > "$work/serial"
    openssl req -new -utf8 -key "keys/$key" -subj "$subject" -out "$work/$name.csr"
    openssl ca -batch -notext -utf8 -preserveDN -in "$work/$name.csr" -out "keys/$name.pem" \
        -startdate "$start" -enddate "$end" 2> "$work/log" ||
        fail "certificate $name: $(cat "$work/log")"
}

mkdir -p keys
key merchant merchant_cert -- -algorithm RSA -pkeyopt rsa_keygen_bits:2048
key small_1024 small_1024_cert -- -algorithm RSA -pkeyopt rsa_keygen_bits:1024
key ec_p256 ec_p256_cert -- -algorithm EC -pkeyopt ec_paramgen_curve:P-256
key platform platform_cert platform_cert_leading_zero platform_cert_high_bit \
    platform_cert_expired -- -algorithm RSA -pkeyopt rsa_keygen_bits:2048

openssl pkcs8 -topk8 -nocrypt -in keys/merchant_pkcs8.pem -outform DER -out keys/merchant_pkcs8.der
openssl rsa -traditional -in keys/merchant_pkcs8.pem -out keys/merchant_pkcs1.pem 2> /dev/null
openssl rsa -traditional -in keys/merchant_pkcs8.pem -outform DER -out keys/merchant_pkcs1.der 2> /dev/null
[[ -f keys/merchant_encrypted.pem ]] ||
    openssl pkcs8 -topk8 -v2 aes-256-cbc -v2prf hmacWithSHA256 -passout "pass:$PASSPHRASE" \
        -in keys/merchant_pkcs8.pem -out keys/merchant_encrypted.pem
for name in merchant small_1024 platform; do
    openssl pkey -in keys/${name}_pkcs8.pem -pubout -out keys/${name}_spki.pem
done
openssl rsa -in keys/platform_pkcs8.pem -RSAPublicKey_out -out keys/platform_pkcs1_public.pem 2> /dev/null

MERCHANT="/C=CN/O=微信商户系统"
PLATFORM="/C=CN/O=Tenpay.com/CN=Tenpay.com sign"
LONG="20200101000000Z 21200101000000Z"
certificate merchant_cert merchant_pkcs8.pem "$MERCHANT/CN=$MCHID" $MERCHANT_SERIAL $LONG
certificate small_1024_cert small_1024_pkcs8.pem "$MERCHANT/CN=1900009192" $SMALL_SERIAL $LONG
certificate ec_p256_cert ec_p256_pkcs8.pem "$MERCHANT/CN=1900009193" $EC_SERIAL $LONG
certificate platform_cert platform_pkcs8.pem "$PLATFORM" $PLATFORM_SERIAL $LONG
certificate platform_cert_leading_zero platform_pkcs8.pem "$PLATFORM" $LEADING_ZERO_SERIAL $LONG
certificate platform_cert_high_bit platform_pkcs8.pem "$PLATFORM" $HIGH_BIT_SERIAL $LONG
certificate platform_cert_expired platform_pkcs8.pem "$PLATFORM" $EXPIRED_SERIAL \
    20100101000000Z 20150101000000Z

CERTIFICATES="merchant_cert small_1024_cert ec_p256_cert platform_cert
    platform_cert_leading_zero platform_cert_high_bit platform_cert_expired"
for name in $CERTIFICATES; do
    openssl x509 -in keys/$name.pem -serial -noout > keys/$name.serial
    start=$(openssl x509 -in keys/$name.pem -startdate -noout)
    end=$(openssl x509 -in keys/$name.pem -enddate -noout)
    printf 'not_before=%s\nnot_after=%s\n' \
        "$(date -u -d "${start#notBefore=}" +%s)" "$(date -u -d "${end#notAfter=}" +%s)" > keys/$name.dates
done

# ---------------------------------------------------------------- steps

rm -rf requests brand_requests payments responses resources certificates_list notices

# sign KEY FILE: base64 on one line, no LF
sign() {
    openssl dgst -sha256 -sign "keys/$1" "$2" | openssl base64 -A
}

# request CASE METHOD TARGET TIMESTAMP NONCE BODY
request() {
    signed_request requests WECHATPAY2-SHA256-RSA2048 "mchid=\"$MCHID\"" "$@"
}

# brand_request CASE METHOD TARGET TIMESTAMP NONCE BODY
brand_request() {
    signed_request brand_requests WECHATPAY-BRAND-SHA256-RSA2048 "brand_id=\"$BRAND_ID\"" "$@"
}

# signed_request FOLDER SCHEME CALLER CASE METHOD TARGET TIMESTAMP NONCE BODY
signed_request() {
    local dir=$1/$4 scheme=$2 caller=$3
    shift 3
    mkdir -p "$dir"
    printf %s "$2" > "$dir/method"
    printf %s "$3" > "$dir/target"
    printf %s "$4" > "$dir/timestamp"
    printf %s "$5" > "$dir/nonce"
    printf %s "$6" > "$dir/body"
    {
        printf '%s\n%s\n%s\n%s\n' "$2" "$3" "$4" "$5"
        cat "$dir/body"
        printf '\n'
    } > "$dir/message"
    sign merchant_pkcs8.pem "$dir/message" > "$dir/signature"
    printf '%s %s,nonce_str="%s",timestamp="%s",serial_no="%s",signature="%s"' \
        "$scheme" "$caller" "$5" "$4" "$MERCHANT_SERIAL" "$(cat "$dir/signature")" > "$dir/authorization"
}

# payment CASE APPID TIMESTAMP NONCE PREPAY_ID FOURTH_LINE: what opens the cashier
payment() {
    local dir=payments/$1
    mkdir -p "$dir"
    printf %s "$2" > "$dir/appid"
    printf %s "$3" > "$dir/timestamp"
    printf %s "$4" > "$dir/nonce"
    printf %s "$5" > "$dir/prepay_id"
    printf %s "$6" > "$dir/fourth"
    printf '%s\n%s\n%s\n%s\n' "$2" "$3" "$4" "$6" > "$dir/message"
    sign merchant_pkcs8.pem "$dir/message" > "$dir/signature"
}

# answer DIR TIMESTAMP NONCE BODY_FILE: the signed parts of a response
answer() {
    local dir=$1
    printf %s "$2" > "$dir/timestamp"
    printf %s "$3" > "$dir/nonce"
    {
        printf '%s\n%s\n' "$2" "$3"
        cat "$4"
        printf '\n'
    } > "$dir/message"
    sign platform_pkcs8.pem "$dir/message" > "$dir/signature"
}

# response CASE STATUS TIMESTAMP NONCE BODY
response() {
    local dir=responses/$1
    mkdir -p "$dir"
    printf %s "$2" > "$dir/status"
    printf %s "$5" > "$dir/body"
    answer "$dir" "$3" "$4" "$dir/body"
}

# aead seal|open KEY NONCE AAD < INPUT: base64 comes out of seal, goes into open
aead() {
    "$PYTHON" -c '
import base64, sys
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
what, key, nonce, aad = (a.encode("utf-8", "surrogateescape") for a in sys.argv[1:])
assert len(key) == 32 and len(nonce) == 12
data = sys.stdin.buffer.read()
if what == b"seal":
    out = base64.b64encode(AESGCM(key).encrypt(nonce, data, aad))
else:
    out = AESGCM(key).decrypt(nonce, base64.b64decode(data, validate=True), aad)
sys.stdout.buffer.write(out)
' "$@"
}

# resource CASE KEY NONCE AAD PLAINTEXT
resource() {
    local dir=resources/$1
    mkdir -p "$dir"
    printf %s "$2" > "$dir/key"
    printf %s "$3" > "$dir/nonce"
    printf %s "$4" > "$dir/associated_data"
    printf %s "$5" > "$dir/plaintext"
    aead seal "$2" "$3" "$4" < "$dir/plaintext" > "$dir/ciphertext"
}

request get_certificates GET /v3/certificates \
    1795219201 0aB1cD2eF3gH4iJ5kL6mN7oP8qR9sT0u ''
request post_subsidies_create POST /v3/ecommerce/subsidies/create \
    1795219202 7YxW6vUt5SrQ4pOn3MlK2jIh1GfE0dCb \
    '{"sub_mchid":"1900000109","transaction_id":"4208450740201411110007820472","amount":10,"description":"测试备注","out_subsidy_no":"P20150806125347"}'
request post_body_ends_in_lf POST /v3/pay/transactions/native \
    1795219203 Zz9Yy8Xx7Ww6Vv5Uu4Tt3Ss2Rr1Qq0Pp $'Hello World!\n'
request post_without_body POST \
    /v3/fund-app/mch-transfer/transfer-bills/out-bill-no/plfk2020042013/cancel \
    1795219204 a1b2c3d4e5f6a7b8c9d0e1f2a3b4c5d6 ''
request get_with_query GET \
    '/v3/ecommerce/profitsharing/after-sales-orders?sub_mchid=1900000109&transaction_id=3008450740201411110007820472' \
    1795219205 M0n1B2v3C4x5Z6l7K8j9H0g1F2d3S4a5 ''
request get_percent_encoded GET \
    '/v3/pay/transactions/out-trade-no/a%2Fb%20%E6%B5%8B?mchid=1900009191' \
    1795219206 9OKM8IJN7UHB6YGV5TFC4RDX3ESZ2WAQ ''
request delete_without_body DELETE /v3/merchant-service/complaint-notifications \
    1795219207 qwertyuiopasdfghjklzxcvbnm012345 ''
request patch_with_chinese_body PATCH /v3/marketing/busifavor/stocks/98065001 \
    1795219208 1QaZ2WsX3EdC4RfV5TgB6YhN7UjM8Ik0 \
    '{"stock_name":"冬日满减券","comment":"仅限一次，不与其他优惠同享","out_request_no":"6122352020010133287985742"}'

brand_request get_product_coupon GET \
    '/brand/marketing/product-coupon/product-coupons/200000001?brand_id=123456789' \
    1795219211 bR1aNd2bR3aNd4bR5aNd6bR7aNd8bR9a ''
brand_request post_product_coupon POST /brand/marketing/product-coupon/product-coupons \
    1795219212 aB9cD8eF7gH6iJ5kL4mN3oP2qR1sT0uV \
    '{"out_request_no":"12345_20261121_A3489","scope":"SINGLE","type":"NORMAL","display_info":{"name":"冬日满减券"}}'

PREPAY_ID=wx211000000000000a1b2c3d4e5f60718293
payment jsapi wxd678efh567hg6787 1795219221 jS1aPi2jS3aPi4jS5aPi6jS7aPi8jS9a \
    $PREPAY_ID "prepay_id=$PREPAY_ID"
printf '{"appId":"%s","timeStamp":"%s","nonceStr":"%s","package":"prepay_id=%s","signType":"RSA","paySign":"%s"}' \
    wxd678efh567hg6787 1795219221 jS1aPi2jS3aPi4jS5aPi6jS7aPi8jS9a $PREPAY_ID \
    "$(cat payments/jsapi/signature)" > payments/jsapi/parameters.json
payment app wxcbda96de0b165486 1795219222 aPp0aPp1aPp2aPp3aPp4aPp5aPp6aPp7 \
    $PREPAY_ID $PREPAY_ID
printf '{"appid":"%s","partnerid":"%s","prepayid":"%s","package":"Sign=WXPay","noncestr":"%s","timestamp":"%s","sign":"%s"}' \
    wxcbda96de0b165486 $MCHID $PREPAY_ID aPp0aPp1aPp2aPp3aPp4aPp5aPp6aPp7 1795219222 \
    "$(cat payments/app/signature)" > payments/app/parameters.json

response ok_json 200 1795219301 c1D2e3F4a5B6c7D8e9F0a1B2c3D4e5F6 \
    '{"sub_mchid":"1900000109","transaction_id":"4208450740201411110007820472","amount":10,"result":"SUCCESS"}'
response no_content 204 1795219302 f6E5d4C3b2A1f0E9d8C7b6A5f4E3d2C1 ''
response chinese 200 1795219303 0000111122223333444455556666777A \
    '{"description":"测试备注","result":"SUCCESS","fail_reason":"无"}'
response crlf_body 200 1795219304 B888777766665555444433332222111A \
    $'{\r\n  "result": "SUCCESS"\r\n}\r\n'
response error_400 400 1795219305 eRr0rEr1rEr2rEr3rEr4rEr5rEr6rEr7 \
    '{"code":"PARAM_ERROR","message":"参数错误","detail":{"field":"/amount","value":"-1","issue":"金额须大于零","location":"body"}}'

resource transaction "$API_V3_KEY" tR4nS8aCt1oN transaction \
    '{"mchid":"1900009191","out_trade_no":"K20261121000001","transaction_id":"4200002226202611211234567890","trade_state":"SUCCESS","success_time":"2026-11-21T10:00:00+08:00","amount":{"total":100,"currency":"CNY"}}'
resource empty_associated_data "$API_V3_KEY" nOaSsOcIaTeD '' '{"refund_status":"SUCCESS"}'
resource empty_plaintext "$API_V3_KEY" eMpTyPlAiN00 transaction ''
resource chinese ZYXWVUTSRQPONMLKJIHGFEDCBA987654 cHiNeSe00012 分账 \
    '{"receiver":{"type":"MERCHANT_ID","account":"1900009191","amount":888,"description":"运费／交易分账"}}'

# listed SERIAL_NO NAME NONCE: one entry of GET /v3/certificates
listed() {
    printf '{"serial_no":"%s","effective_time":"2020-01-01T08:00:00+08:00","expire_time":"2120-01-01T08:00:00+08:00","encrypt_certificate":{"algorithm":"AEAD_AES_256_GCM","nonce":"%s","associated_data":"certificate","ciphertext":"%s"}}' \
        "$1" "$3" "$(aead seal "$API_V3_KEY" "$3" certificate < keys/$2.pem)"
}

mkdir certificates_list
printf %s "$API_V3_KEY" > certificates_list/key
printf %s "$LEADING_ZERO_SERIAL" > certificates_list/serial
{
    printf '{"data":['
    listed "$LEADING_ZERO_SERIAL" platform_cert_leading_zero cErTiFiCaTe1
    printf ,
    listed "$PLATFORM_SERIAL" platform_cert cErTiFiCaTe2
    printf ']}'
} > certificates_list/body.json
answer certificates_list 1795219401 LiSt0LiSt1LiSt2LiSt3LiSt4LiSt5Li certificates_list/body.json

# notice CASE EVENT_TYPE ORIGINAL_TYPE SUMMARY AAD TIMESTAMP PLAINTEXT: a whole
# callback. "-" leaves a field out; an AAD of "null" is null. Ids and nonces are
# made of the timestamp.
notice() {
    local dir=notices/$1 original= summary= aad= aad_text=
    mkdir -p "$dir"
    printf %s "$API_V3_KEY" > "$dir/key"
    printf %s "$7" > "$dir/plaintext"
    [[ $3 == - ]] || original="\"original_type\":\"$3\","
    [[ $4 == - ]] || summary="\"summary\":\"$4\","
    case $5 in
        -) ;;
        null) aad='"associated_data":null,' ;;
        *) aad="\"associated_data\":\"$5\"," aad_text=$5 ;;
    esac
    printf '{"id":"EV-%s","create_time":"2026-11-21T08:00:00+08:00","resource_type":"encrypt-resource","event_type":"%s",%s"resource":{%s"algorithm":"AEAD_AES_256_GCM","ciphertext":"%s",%s"nonce":"nC%s"}}' \
        "$6" "$2" "$summary" "$original" \
        "$(aead seal "$API_V3_KEY" "nC$6" "$aad_text" < "$dir/plaintext")" "$aad" "$6" > "$dir/body"
    printf %s "$aad_text" > "$dir/associated_data"
    answer "$dir" "$6" "NoTiCe0NoTiCe1NoTiCe2N$6" "$dir/body"
}

notice payment_direct TRANSACTION.SUCCESS transaction 支付成功 transaction 1795219501 \
    '{"appid":"wxd678efh567hg6787","mchid":"1900009191","out_trade_no":"K20261121000001","transaction_id":"4200002226202611211234567890","trade_type":"JSAPI","trade_state":"SUCCESS","trade_state_desc":"支付成功","bank_type":"ICBC_DEBIT","attach":"自定义数据","success_time":"2026-11-21T08:00:00+08:00","payer":{"openid":"oUpF8uMuAJO_M2pxb1Q9zNjWeS6o"},"amount":{"total":100,"payer_total":90,"currency":"CNY","payer_currency":"CNY"},"scene_info":{"device_id":"013467007045764"},"promotion_detail":[{"coupon_id":"109519","name":"单品惠-6","scope":"SINGLE","type":"CASH","amount":10,"stock_id":"931386","wechatpay_contribute":0,"merchant_contribute":10,"other_contribute":0,"currency":"CNY","goods_detail":[{"goods_id":"M1006","quantity":1,"unit_price":100,"discount_amount":10,"goods_remark":"商品备注"}]}]}'
notice payment_partner TRANSACTION.SUCCESS transaction 支付成功 '' 1795219502 \
    '{"sp_appid":"wx8888888888888888","sp_mchid":"1230000109","sub_appid":"wxd678efh567hg6999","sub_mchid":"1900000109","out_trade_no":"1217752501201407033233368018","transaction_id":"4208450740201411110007820472","trade_type":"MICROPAY","trade_state":"SUCCESS","trade_state_desc":"支付成功","bank_type":"CMC_CREDIT","success_time":"2026-11-21T08:00:00+08:00","payer":{"sp_openid":"oUpF8uMuAJO_M2pxb1Q9zNjWeS6o","sub_openid":"oLTPCuN5a-nBD4rAL_fa"},"amount":{"total":100,"payer_total":100,"currency":"CNY","payer_currency":"CNY"}}'
notice payment_combined TRANSACTION.SUCCESS transaction 支付成功 - 1795219503 \
    '{"combine_appid":"wxd678efh567hg6787","combine_mchid":"1900009191","combine_out_trade_no":"P20150806125346","scene_info":{"device_id":"POS1:1"},"sub_orders":[{"mchid":"1900009191","sub_mchid":"1900000109","sub_appid":"wx8888888888888888","sub_openid":"oUpF8uMuAJO_M2pxb1Q9zNjWeS6o","trade_type":"JSAPI","trade_state":"SUCCESS","bank_type":"CMC","attach":"深圳分店","success_time":"2026-11-21T08:00:00+08:00","transaction_id":"4208450740201411110007820472","out_trade_no":"20150806125346","amount":{"total_amount":10,"currency":"CNY","payer_amount":9,"payer_currency":"CNY"},"promotion_detail":[{"coupon_id":"109519","amount":1,"scope":"GLOBAL","type":"NOCASH"}]},{"mchid":"1900009191","sub_mchid":"1900000110","trade_type":"JSAPI","trade_state":"SUCCESS","transaction_id":"4208450740201411110007820473","out_trade_no":"20150806125347","amount":{"total_amount":20,"currency":"CNY","payer_amount":20,"payer_currency":"CNY"}}],"combine_payer_info":{"openid":"oUpF8uMuAJO_M2pxb1Q9zNjWeS6o"}}'
notice refund_success REFUND.SUCCESS refund 退款成功 refund 1795219504 \
    '{"sp_mchid":"1900009191","sub_mchid":"1900000109","transaction_id":"4208450740201411110007820472","out_trade_no":"20150806125346","refund_id":"50000000382019052709732678859","out_refund_no":"1217752501201407033233368018","refund_status":"SUCCESS","success_time":"2026-11-21T08:00:00+08:00","user_received_account":"招商银行信用卡0403","amount":{"total":999,"refund":888,"payer_total":999,"payer_refund":888},"refund_account":"REFUND_SOURCE_SUB_MERCHANT"}'
notice refund_abnormal REFUND.ABNORMAL refund 退款异常 refund 1795219505 \
    '{"mchid":"1900009191","transaction_id":"4208450740201411110007820472","out_trade_no":"20150806125346","refund_id":"50000000382019052709732678860","out_refund_no":"1217752501201407033233368019","refund_status":"ABNORMAL","user_received_account":"招商银行信用卡0403","amount":{"total":999,"refund":999,"payer_total":999,"payer_refund":999}}'
notice refund_closed REFUND.CLOSED - - null 1795219506 \
    '{"mchid":"1900009191","refund_id":"50000000382019052709732678861","out_refund_no":"1217752501201407033233368020","refund_status":"CLOSED"}'
MOVED='"transaction_id":"4200000000000000000000000000","order_id":"3008450740201411110007820472","out_order_no":"P20150806125346","receiver":{"type":"MERCHANT_ID","account":"1900009191","amount":888,"description":"运费／交易分账"},"success_time":"2026-11-21T08:00:00+08:00"}'
notice sharing PROFITSHARING.SUCCESS profitsharing 分账 profitsharing 1795219507 "{\"mchid\":\"1900000100\",$MOVED"
notice sharing_short PROFITSHARING - - profitsharing 1795219508 "{\"mchid\":\"1900000100\",$MOVED"
notice sharing_as_transaction TRANSACTION.SUCCESS profitsharing 分账 profitsharing 1795219509 \
    "{\"sp_mchid\":\"1900000100\",\"sub_mchid\":\"1900000109\",$MOVED"
notice sharing_return PROFITSHARING.RETURN profitsharing 分账回退 profitsharing 1795219510 "{\"mchid\":\"1900000100\",$MOVED"
notice sharing_return_as_transaction TRANSACTION.SUCCESS profitsharing 分账回退 profitsharing 1795219511 \
    "{\"sp_mchid\":\"1900000100\",\"sub_mchid\":\"1900000109\",$MOVED"
notice sharing_untold TRANSACTION.SUCCESS profitsharing - profitsharing 1795219512 "{\"mchid\":\"1900000100\",$MOVED"
notice security_echo SECURITY_ECHO.SUCCESS security 回显 security 1795219513 \
    '{"echo_message":"hello","encrypt_echo_message":"c2VhbGVk"}'
notice another_event COUPON.USE coupon 代金券核销 coupon 1795219514 '{"stock_id":"9856888","coupon_id":"4674"}'
notice another_shape TRANSACTION.SUCCESS transaction 支付成功 transaction 1795219515 \
    '{"mchid":"1900009191","out_trade_no":"K20261121000001","trade_state":"SUCCESS","amount":{"total":"PERSONAL-1234"}}'
# sealed CASE KEY PLAINTEXT [OPTION]: kept while the key is kept, because the padding is random
sealed() {
    local dir=sealed/$1 key=$2
    mkdir -p "$dir"
    printf %s "$3" > "$dir/plaintext"
    shift 3
    [[ -f $dir/ciphertext ]] ||
        openssl pkeyutl -encrypt -pubin -inkey "keys/${key}_spki.pem" -in "$dir/plaintext" "$@" |
        openssl base64 -A > "$dir/ciphertext"
}
OAEP="-pkeyopt rsa_padding_mode:oaep -pkeyopt rsa_oaep_md:sha1 -pkeyopt rsa_mgf1_md:sha1"
OAEP256="-pkeyopt rsa_padding_mode:oaep -pkeyopt rsa_oaep_md:sha256 -pkeyopt rsa_mgf1_md:sha256"
PKCS1="-pkeyopt rsa_padding_mode:pkcs1"

sealed phone merchant 13800000000 $OAEP
sealed chinese merchant 张三 $OAEP
sealed longest merchant "$(printf '长%.0s' {1..71})x" $OAEP
sealed not_text merchant $'\xff\xfe' $OAEP
sealed for_the_platform platform 13800000000 $OAEP
sealed pkcs1 merchant 13800000000 $PKCS1
sealed sha256 merchant 13800000000 $OAEP256

find . -type f ! -name make.sh -exec chmod 644 {} +

# ---------------------------------------------------------------- checks

# verify SPKI DIR: the signature is good, and stops being so with one more byte
verify() {
    openssl base64 -d -A -in "$2/signature" -out "$work/signature"
    [[ $(stat -c %s "$work/signature") == 256 ]] || fail "$2: signature length"
    openssl dgst -sha256 -verify "keys/$1" -signature "$work/signature" "$2/message" > /dev/null ||
        fail "$2: signature"
    { cat "$2/message"; printf x; } > "$work/message"
    if openssl dgst -sha256 -verify "keys/$1" -signature "$work/signature" "$work/message" > /dev/null 2>&1; then
        fail "$2: signature of another message accepted"
    fi
}

# lines DIR BODY FILE...: the message is FILE... and BODY, an LF after each
lines() {
    local dir=$1 body=$2 file
    shift 2
    for file in "$@" "$body"; do
        cat "$dir/$file"
        echo
    done | cmp - "$dir/message" || fail "$dir: message"
}

# opens KEY NONCE AAD PLAINTEXT_FILE < CIPHERTEXT: decrypts by AEAD, and once
# more with AES-256-CTR of the openssl command line (GCM without its tag)
opens() {
    local size
    cat > "$work/ciphertext"
    aead open "$1" "$2" "$3" < "$work/ciphertext" > "$work/plaintext" || return 1
    cmp "$work/plaintext" "$4" || return 1
    if aead open "$1" "$2" "$3?" < "$work/ciphertext" > /dev/null 2>&1; then
        return 1
    fi
    openssl base64 -d -A -in "$work/ciphertext" -out "$work/raw"
    size=$(stat -c %s "$work/raw")
    head -c $((size - 16)) "$work/raw" |
        openssl enc -d -aes-256-ctr -K "$(printf %s "$1" | od -An -v -tx1 | tr -d ' \n')" \
            -iv "$(printf %s "$2" | od -An -v -tx1 | tr -d ' \n')00000002" |
        cmp - "$4"
}

# same_key PRIVATE COMMAND...: the command prints the public half of PRIVATE
same_key() {
    local private=$1
    shift
    "$@" 2> /dev/null | cmp - <(openssl pkey -in "keys/$private" -pubout) || fail "$private: $*"
}

# is_certificate NAME PRIVATE SERIAL_AS_PRINTED NOT_BEFORE NOT_AFTER
is_certificate() {
    local text
    same_key "$2" openssl x509 -in keys/$1.pem -pubkey -noout
    [[ $(cat keys/$1.serial) == "serial=$3" ]] || fail "$1: serial"
    [[ $(cat keys/$1.dates) == "not_before=$4"$'\n'"not_after=$5" ]] || fail "$1: dates"
    text=$(openssl x509 -in keys/$1.pem -text -noout)
    [[ $text == *"Version: 3 (0x2)"*"Signature Algorithm: sha256WithRSAEncryption"* ]] || fail "$1: form"
}

same_key merchant_pkcs8.pem openssl pkey -inform DER -in keys/merchant_pkcs8.der -pubout
same_key merchant_pkcs8.pem openssl pkey -in keys/merchant_pkcs1.pem -pubout
same_key merchant_pkcs8.pem openssl pkey -inform DER -in keys/merchant_pkcs1.der -pubout
same_key merchant_pkcs8.pem openssl pkey -in keys/merchant_encrypted.pem -passin "pass:$PASSPHRASE" -pubout
same_key merchant_pkcs8.pem cat keys/merchant_spki.pem
same_key small_1024_pkcs8.pem cat keys/small_1024_spki.pem
same_key platform_pkcs8.pem cat keys/platform_spki.pem
same_key platform_pkcs8.pem openssl rsa -RSAPublicKey_in -in keys/platform_pkcs1_public.pem -pubout

while read -r file label; do
    [[ $(head -n 1 "keys/$file") == "-----BEGIN $label-----" ]] || fail "$file: not $label"
done <<END
merchant_pkcs8.pem PRIVATE KEY
merchant_pkcs1.pem RSA PRIVATE KEY
merchant_encrypted.pem ENCRYPTED PRIVATE KEY
merchant_spki.pem PUBLIC KEY
small_1024_pkcs8.pem PRIVATE KEY
small_1024_spki.pem PUBLIC KEY
ec_p256_pkcs8.pem PRIVATE KEY
platform_pkcs8.pem PRIVATE KEY
platform_spki.pem PUBLIC KEY
platform_pkcs1_public.pem RSA PUBLIC KEY
END

Y2010=1262304000 Y2015=1420070400 Y2020=1577836800 Y2120=4733510400
is_certificate merchant_cert merchant_pkcs8.pem $MERCHANT_SERIAL $Y2020 $Y2120
is_certificate small_1024_cert small_1024_pkcs8.pem $SMALL_SERIAL $Y2020 $Y2120
is_certificate ec_p256_cert ec_p256_pkcs8.pem $EC_SERIAL $Y2020 $Y2120
is_certificate platform_cert platform_pkcs8.pem ${PLATFORM_SERIAL#00} $Y2020 $Y2120
is_certificate platform_cert_leading_zero platform_pkcs8.pem $LEADING_ZERO_SERIAL $Y2020 $Y2120
is_certificate platform_cert_high_bit platform_pkcs8.pem $HIGH_BIT_SERIAL $Y2020 $Y2120
is_certificate platform_cert_expired platform_pkcs8.pem $EXPIRED_SERIAL $Y2010 $Y2015

count=0
for dir in requests/* brand_requests/*; do
    lines "$dir" body method target timestamp nonce
    verify merchant_spki.pem "$dir"
    grep -qF "nonce_str=\"$(cat "$dir/nonce")\",timestamp=\"$(cat "$dir/timestamp")\"" "$dir/authorization" ||
        fail "$dir: authorization"
    grep -qF "signature=\"$(cat "$dir/signature")\"" "$dir/authorization" || fail "$dir: authorization"
    count=$((count + 1))
done
for dir in payments/*; do
    lines "$dir" fourth appid timestamp nonce
    verify merchant_spki.pem "$dir"
    "$PYTHON" -m json.tool "$dir/parameters.json" > /dev/null || fail "$dir: parameters"
    count=$((count + 1))
done
for dir in responses/*; do
    lines "$dir" body timestamp nonce
    verify platform_spki.pem "$dir"
    count=$((count + 1))
done
lines certificates_list body.json timestamp nonce
verify platform_spki.pem certificates_list
for dir in notices/*; do
    lines "$dir" body timestamp nonce
    verify platform_spki.pem "$dir"
    count=$((count + 1))
done
[[ $count == 32 ]] || fail "$count signed cases instead of 32"

count=0
for dir in notices/*; do
    "$PYTHON" -c '
import json, sys
resource = json.load(open(sys.argv[1], encoding="utf-8"))["resource"]
sys.stdout.write(resource["ciphertext"])
' "$dir/body" |
        opens "$(cat "$dir/key")" "nC$(cat "$dir/timestamp")" "$(cat "$dir/associated_data")" \
            "$dir/plaintext" || fail "$dir: ciphertext"
    count=$((count + 1))
done
[[ $count == 15 ]] || fail "$count notices instead of 15"

count=0
for dir in resources/*; do
    opens "$(cat "$dir/key")" "$(cat "$dir/nonce")" "$(cat "$dir/associated_data")" "$dir/plaintext" \
        < "$dir/ciphertext" || fail "$dir: ciphertext"
    count=$((count + 1))
done
[[ $count == 4 ]] || fail "$count resources instead of 4"

# unseals CASE KEY OPTION...: what comes out is the plaintext
unseals() {
    local dir=sealed/$1 key=$2
    shift 2
    openssl base64 -d -A -in "$dir/ciphertext" |
        openssl pkeyutl -decrypt -inkey "keys/${key}_pkcs8.pem" "$@" | cmp - "$dir/plaintext" ||
        fail "$dir: ciphertext"
}
for case in phone chinese longest not_text; do
    unseals $case merchant $OAEP
done
unseals for_the_platform platform $OAEP
unseals pkcs1 merchant $PKCS1
unseals sha256 merchant $OAEP256
[[ $(stat -c %s sealed/longest/plaintext) == 214 ]] || fail "sealed/longest: length"

# field INDEX NAME...: a text in certificates_list/body.json
field() {
    "$PYTHON" -c '
import json, sys
value = json.load(open("certificates_list/body.json", encoding="utf-8"))["data"]
assert len(value) == 2
value = value[int(sys.argv[1])]
for name in sys.argv[2:]:
    value = value[name]
sys.stdout.write(value)
' "$@"
}
index=0
for name in platform_cert_leading_zero platform_cert; do
    field $index encrypt_certificate ciphertext |
        opens "$(cat certificates_list/key)" "$(field $index encrypt_certificate nonce)" \
            "$(field $index encrypt_certificate associated_data)" keys/$name.pem ||
        fail "certificates_list: $name"
    index=$((index + 1))
done
[[ $(field 0 serial_no) == $(cat certificates_list/serial) ]] || fail "certificates_list: serial"

echo "ok: 7 certificates, 33 signatures, 28 ciphertexts"
