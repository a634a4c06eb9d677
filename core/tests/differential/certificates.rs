//! Certificates of openssl's making: odd numbers, odd times, names in Chinese, many extensions.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use wechatpay_core::{Certificate, KeyError};

use crate::cases::{Cases, times};
use crate::ghash::hex;
use crate::openssl::OpenSsl;
use crate::pool::{Key, private_keys, public_keys};

const SETTINGS: &str = r"
[ ca ]
default_ca = issuer
[ issuer ]
database = index.txt
serial = serial
new_certs_dir = .
certificate = issuer.pem
private_key = private.pem
policy = any
unique_subject = no
string_mask = MASK
[ any ]
countryName = optional
organizationName = optional
organizationalUnitName = optional
commonName = optional
[ req ]
prompt = no
string_mask = utf8only
distinguished_name = none
[ none ]
[ plain ]
basicConstraints = CA:FALSE
keyUsage = digitalSignature, nonRepudiation, keyEncipherment, dataEncipherment
[ names ]
subjectAltName = DNS:*.example.com, email:a@example.com, IP:::1, otherName:1.2.3.4;UTF8:张三
issuerAltName = URI:https://example.com/
crlDistributionPoints = URI:http://example.com/crl?a=1&b=2
authorityInfoAccess = OCSP;URI:http://example.com/
[ odd ]
1.2.840.113549.1.9.99.1 = critical, ASN1:UTF8String:补差
1.2.840.113549.1.9.99.2 = DER:05:00
certificatePolicies = 1.2.3.4, 2.5.29.32.0
nsComment = a comment
extendedKeyUsage = clientAuth, serverAuth, 1.3.6.1.4.1.99999.1
subjectKeyIdentifier = hash
";

/// Where a certificate begins and ends, and what is edgy about it: YYMMDD is a UTCTime, YYYYMMDD a
/// GeneralizedTime.
const TIMES: [&str; 14] = [
    "700101000000Z",
    "700101000001Z",
    "19700101000000Z",
    "991231235959Z",
    "000101000000Z",
    "000229000000Z",
    "20200101000000Z",
    "380119031408Z",
    "491231235959Z",
    "20491231235959Z",
    "20500101000000Z",
    "21000228235959Z",
    "21060207062816Z",
    "99991231235959Z",
];

const SUBJECTS: [&str; 9] = [
    "/C=CN/O=Tenpay.com/CN=Tenpay.com sign",
    "/C=CN/O=微信商户系统/CN=1900009191",
    "/CN=腾讯支付",
    "/O=无名",
    "/CN=first/OU=a/CN=second",
    "/CN=one+OU=value of many/O=x",
    "/C=CN/CN=𠮷野家 & Söhne, a=b; \"c\" <d> #e",
    "/CN= 7 /O=x",
    "/CN=0123456789012345678901234567890123456789012345678901234567890123",
];

/// The text that `openssl ca` writes, and its DER.
pub(crate) struct Made {
    pub(crate) pem: String,
    pub(crate) der: Vec<u8>,
}

/// An authority whose key is the pool's first.
pub(crate) struct Authority<'a>(&'a OpenSsl);

impl<'a> Authority<'a> {
    pub(crate) fn new(openssl: &'a OpenSsl) -> Self {
        private_keys()[0].private_file(openssl);
        openssl.file("settings", SETTINGS.replace("MASK", "utf8only"));
        openssl.says(
            "req -x509 -config settings -key private.pem -utf8 -subj /C=CN/O=根/CN=Root -out issuer.pem",
            b"",
        );
        for key in every_key() {
            openssl.file("requested.pem", &key.pkcs8_pem);
            let command = format!(
                "req -new -config settings -key requested.pem -subj /CN=x -out {}.csr",
                key.name
            );
            openssl.says(&command, b"");
        }
        Self(openssl)
    }

    /// A certificate of everything that can be chosen.
    pub(crate) fn any(&self, cases: &mut Cases) -> Made {
        let serial = match cases.below(4) {
            0 => (*cases.one_of(&["00", "01", "0001", "7F", "80", "00FF"])).to_owned(),
            1 => "00".repeat(cases.below(4)) + "0A" + &hex(&cases.bytes(18)),
            2 => "F".repeat(2 * (1 + cases.below(20))),
            _ => {
                let length = 1 + cases.below(20);
                hex(&cases.bytes(length))
            }
        };
        let (start, end) = (*cases.one_of(&TIMES), *cases.one_of(&TIMES));
        self.issue(cases, &serial, start, end)
    }

    pub(crate) fn issue(&self, cases: &mut Cases, serial: &str, start: &str, end: &str) -> Made {
        let keys: Vec<_> = every_key().collect();
        let request = format!("{}.csr", cases.one_of(&keys).name);
        let subject = *cases.one_of(&SUBJECTS);
        let mask = match subject.is_ascii() {
            true => *cases.one_of(&["utf8only", "nombstr", "pkix", "default"]),
            false => *cases.one_of(&["utf8only", "pkix", "default"]),
        };
        let digest = *cases.one_of(&["sha256", "sha1", "sha512"]);
        let extensions = *cases.one_of(&["", "plain", "names", "odd"]);
        self.0.file("settings", SETTINGS.replace("MASK", mask));
        // An extension in Chinese is UTF-8, whatever the names are.
        self.0
            .file("extensions", SETTINGS.replace("MASK", "utf8only"));
        self.0.file("index.txt", "");
        self.0.file("serial", format!("{serial}\n"));
        let mut arguments = vec![
            "ca",
            "-config",
            "settings",
            "-batch",
            "-utf8",
            "-preserveDN",
            "-in",
            &request,
            "-out",
            "made.pem",
            "-startdate",
            start,
            "-enddate",
            end,
            "-subj",
            subject,
            "-md",
            digest,
        ];
        if !extensions.is_empty() {
            arguments.extend(["-extfile", "extensions", "-extensions", extensions]);
        }
        let told = self.0.asked(&arguments, b"");
        assert!(told.is_some(), "serial {serial}, openssl {arguments:?}");
        let pem = std::fs::read_to_string(self.0.path("made.pem")).unwrap();
        let der = inside(&pem);
        Made { pem, der }
    }
}

fn every_key() -> impl Iterator<Item = &'static Key> {
    private_keys().iter().chain(public_keys())
}

fn inside(pem: &str) -> Vec<u8> {
    let (_, rest) = pem.split_once("-----BEGIN CERTIFICATE-----\n").unwrap();
    let (base64, _) = rest.split_once("-----END CERTIFICATE-----").unwrap();
    STANDARD.decode(base64.replace('\n', "")).unwrap()
}

/// What openssl makes of a certificate.
struct Theirs {
    serial: String,
    /// `None` where it is no text, or none that a line can hold.
    common_name: Option<String>,
    /// Seconds since 1970; `None` for what is no time.
    not_before: Option<i64>,
    not_after: Option<i64>,
    spki: Vec<u8>,
}

fn theirs(openssl: &OpenSsl, form: &str, file: &[u8]) -> Option<Theirs> {
    let command = format!(
        "x509 -inform {form} -noout -serial -subject -startdate -enddate -pubkey -dateopt iso_8601 \
         -nameopt sep_multiline,sname,utf8,esc_ctrl,show_type"
    );
    let told = openssl.asked(command.split(' '), file)?;
    let told = String::from_utf8_lossy(&told);
    let after = |label: &str| {
        told.lines()
            .find_map(|line| line.trim_start().strip_prefix(label))
    };
    let (_, key) = told.split_once("-----BEGIN PUBLIC KEY-----\n")?;
    let (key, _) = key.split_once("-----END")?;
    Some(Theirs {
        serial: after("serial=")?.to_owned(),
        common_name: common_name(&told),
        not_before: seconds(after("notBefore=")?),
        not_after: seconds(after("notAfter=")?),
        spki: STANDARD.decode(key.replace('\n', "")).unwrap(),
    })
}

/// The first of the subject's common names.
fn common_name(told: &str) -> Option<String> {
    let values = told.lines().flat_map(|line| line.trim_start().split(" + "));
    let Some(value) = values.filter_map(|value| value.strip_prefix("CN=")).next() else {
        return Some(String::new());
    };
    let (kind, name) = value.split_once(':')?;
    match kind {
        _ if name.contains(['\\', '\u{fffd}']) => None,
        "UTF8STRING" => Some(name.to_owned()),
        // openssl passes over what has no place in one; here such a name is none.
        "PRINTABLESTRING" => name.chars().all(is_printable).then(|| name.to_owned()),
        // No certificate of the platform's or a merchant's has one of the others.
        _ => None,
    }
}

fn is_printable(c: char) -> bool {
    c.is_ascii_alphanumeric() || " '()+,-./:=?".contains(c)
}

/// `2019-06-11 00:00:00Z`, its year padded with spaces.
fn seconds(text: &str) -> Option<i64> {
    let numbers: Vec<i64> = text
        .trim()
        .strip_suffix('Z')?
        .split(['-', ' ', ':'])
        .map(|number| number.parse().ok())
        .collect::<Option<_>>()?;
    let [year, month, day, hour, minute, second] = numbers[..] else {
        return None;
    };
    // Years are counted from March, so that the leap day is the last of one.
    let (year, month) = if month < 3 {
        (year - 1, month + 9)
    } else {
        (year, month - 3)
    };
    let days = 365 * year + year / 4 - year / 100 + year / 400 + (153 * month + 2) / 5 + day;
    Some(((days - 719_469) * 24 + hour) * 3600 + minute * 60 + second)
}

/// Who could read a certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Read {
    Both,
    /// openssl reads every name whole, and here the issuer's is not asked for.
    OnlyOurs,
    OnlyTheirs,
    Neither,
}

/// What both read is the same.
#[track_caller]
pub(crate) fn compared(openssl: &OpenSsl, form: &str, file: &[u8]) -> Read {
    let ours = match form {
        "PEM" => Certificate::from_pem(file),
        _ => Certificate::from_der(file),
    };
    let theirs = theirs(openssl, form, file);
    let (ours, theirs) = match (ours, theirs) {
        (Ok(ours), Some(theirs)) => (ours, theirs),
        (Ok(_), None) => return Read::OnlyOurs,
        (Err(_), Some(_)) => return Read::OnlyTheirs,
        (Err(_), None) => return Read::Neither,
    };
    let context = hex(file);
    assert_eq!(ours.serial().as_str(), theirs.serial, "{context}");
    let since_1970 = |time: wechatpay_core::Timestamp| i64::try_from(time.as_secs()).ok();
    assert_eq!(
        since_1970(ours.not_before()),
        theirs.not_before,
        "{context}"
    );
    assert_eq!(since_1970(ours.not_after()), theirs.not_after, "{context}");
    let pkcs1 = ours.public_key().as_pkcs1_der();
    assert!(theirs.spki.ends_with(pkcs1), "{context}");
    // The frame around it: the algorithm, and the lengths.
    assert_eq!(theirs.spki.len() - pkcs1.len(), 24, "{context}");
    if let Some(name) = theirs.common_name {
        assert_eq!(ours.common_name(), name, "{context}");
    }
    Read::Both
}

#[test]
fn what_openssl_issues_is_read_the_same() {
    let Some(openssl) = OpenSsl::find("certificates") else {
        return;
    };
    let mut cases = Cases::of("certificates");
    let authority = Authority::new(&openssl);
    for _ in 0..times(100) {
        let made = authority.any(&mut cases);
        assert_eq!(
            compared(&openssl, "DER", &made.der),
            Read::Both,
            "{}",
            made.pem
        );
        assert_eq!(compared(&openssl, "PEM", made.pem.as_bytes()), Read::Both);
    }
}

#[test]
fn numbers_and_times_that_no_timestamp_and_no_serial_number_holds_are_refused() {
    let Some(openssl) = OpenSsl::find("unfit-certificates") else {
        return;
    };
    let mut cases = Cases::of("unfit certificates");
    let authority = Authority::new(&openssl);
    let serial_of_22_octets = "7F".repeat(22);
    for (serial, start, end) in [
        ("01", "500101000000Z", "491231235959Z"),
        ("01", "691231235959Z", "491231235959Z"),
        ("01", "19491231235959Z", "20500101000000Z"),
        ("01", "19691231235959Z", "99991231235959Z"),
        (&serial_of_22_octets, "20200101000000Z", "491231235959Z"),
    ] {
        let made = authority.issue(&mut cases, serial, start, end);
        let read = compared(&openssl, "DER", &made.der);
        assert_eq!(read, Read::OnlyTheirs, "{serial} {start} {end}");
    }
}

#[test]
fn pem_is_read_however_it_is_dressed() {
    let Some(openssl) = OpenSsl::find("dressed-certificates") else {
        return;
    };
    let mut cases = Cases::of("dressed certificates");
    let authority = Authority::new(&openssl);
    for _ in 0..times(5) {
        let pem = authority.any(&mut cases).pem;
        let bare = &pem[pem.find("-----BEGIN").unwrap()..];
        let trailing = bare.replace('\n', " \n");
        for dressed in [
            pem.clone(),
            bare.to_owned(),
            bare.replace('\n', "\r\n"),
            pem.replace('\n', "\r\n"),
            bare.trim_end().to_owned(),
            format!("subject=张三\n\n{bare}\nafter it\n"),
            format!("\n\n{bare}\n\n"),
        ] {
            let read = compared(&openssl, "PEM", dressed.as_bytes());
            assert_eq!(read, Read::Both, "{dressed}");
        }
        // One may read these and the other not; both read them alike.
        for dressed in [
            trailing,
            format!("\u{feff}{bare}"),
            bare.replace('\n', "\n\n"),
            bare.replace('\n', ""),
            bare.replace("-----\n", "----- \n"),
            bare.replace("CERTIFICATE", "X509 CERTIFICATE"),
            bare.to_lowercase(),
            bare.replace("-----", "----"),
        ] {
            let ours = Certificate::from_pem(dressed.as_bytes()).is_ok();
            if ours && theirs(&openssl, "PEM", dressed.as_bytes()).is_some() {
                compared(&openssl, "PEM", dressed.as_bytes());
            }
        }
        // openssl takes the first, and here it has to be clear which one is meant.
        let chain = format!("{bare}{}", authority.any(&mut cases).pem);
        let refused = Certificate::from_pem(chain.as_bytes());
        assert!(matches!(refused, Err(KeyError::Pem { .. })), "{refused:?}");
    }
}
