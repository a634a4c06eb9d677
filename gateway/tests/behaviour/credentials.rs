use std::process::Command;

use wechatpay_core::{Certificate, PlatformKeys, RsaSigner};
use wechatpay_gateway::credentials::{self, write_to};

#[test]
fn parts_belong_together() {
    let certificate = Certificate::from_pem(credentials::MERCHANT_CERT_PEM.as_bytes()).unwrap();
    assert_eq!(certificate.serial().as_str(), credentials::MERCHANT_SERIAL);
    assert_eq!(certificate.merchant(), Some("1900001109"));
    let signer = credentials::merchant_signer().unwrap();
    assert_eq!(
        signer.public_key_der(),
        certificate.public_key().as_pkcs1_der()
    );
    let keys = credentials::platform_keys().unwrap();
    let ids: Vec<&str> = keys.iter().map(|(id, _)| id.as_str()).collect();
    assert_eq!(
        ids,
        [
            credentials::PLATFORM_CERT_SERIAL,
            credentials::PUBLIC_KEY_ID
        ]
    );
    assert_eq!(credentials::API_V3_KEY.len(), 32);
    credentials::api_v3_key().unwrap();
}

#[test]
fn second_platform_certificate_is_another_and_newer() {
    let pem = credentials::SECOND_PLATFORM_CERT_PEM.as_bytes();
    let second = Certificate::from_pem(pem).unwrap();
    assert_eq!(
        second.serial().as_str(),
        credentials::SECOND_PLATFORM_CERT_SERIAL
    );
    assert_eq!(second.merchant(), None);
    let first = Certificate::from_pem(credentials::PLATFORM_CERT_PEM.as_bytes()).unwrap();
    assert_ne!(first.public_key(), second.public_key());
    assert!(first.not_before() < second.not_before());
    // A client learns of it from the list.
    let keys = credentials::platform_keys().unwrap();
    assert!(
        keys.iter()
            .all(|(id, _)| id.as_str() != second.serial().as_str())
    );
}

#[test]
fn files_are_what_a_client_reads() {
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path().join("a new one");
    write_to(&dir, "http://127.0.0.1:8080").unwrap();
    let read = |name: &str| std::fs::read(dir.join(name)).unwrap();
    RsaSigner::from_pem(credentials::MERCHANT_SERIAL, &read("apiclient_key.pem")).unwrap();
    Certificate::from_pem(&read("apiclient_cert.pem")).unwrap();
    PlatformKeys::new()
        .with_public_key(credentials::PUBLIC_KEY_ID, &read("pub_key.pem"))
        .unwrap()
        .with_certificate(&read("platform_cert.pem"))
        .unwrap();
}

#[cfg(unix)]
#[test]
fn secrets_are_their_owners_only() {
    use std::os::unix::fs::PermissionsExt as _;

    let dir = tempfile::tempdir().unwrap();
    let key = dir.path().join("apiclient_key.pem");
    std::fs::write(&key, "open to all").unwrap();
    std::fs::set_permissions(&key, std::fs::Permissions::from_mode(0o644)).unwrap();
    write_to(dir.path(), "http://127.0.0.1:8080").unwrap();
    for name in ["apiclient_key.pem", "wechatpay.env"] {
        let mode = std::fs::metadata(dir.path().join(name))
            .unwrap()
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o600, "{name}");
    }
}

#[cfg(unix)]
#[test]
fn any_shell_reads_the_variables() {
    for name in ["plain", "with space", "it's; $HOME `x`"] {
        let parent = tempfile::tempdir().unwrap();
        let dir = parent.path().join(name);
        write_to(&dir, "http://127.0.0.1:8080").unwrap();
        let script = "set -a; . \"$1\"; echo \"$WECHATPAY_BASE_URL|$WECHATPAY_PRIVATE_KEY_FILE\"; \
                      test -r \"$WECHATPAY_PRIVATE_KEY_FILE\" && env | grep -c ^WECHATPAY_";
        let shell = Command::new("sh")
            .args(["-c", script, "sh"])
            .arg(dir.join("wechatpay.env"))
            .env_clear()
            .output()
            .unwrap();
        let key = dir.join("apiclient_key.pem");
        let expected = format!("http://127.0.0.1:8080|{}\n10\n", key.display());
        assert_eq!(String::from_utf8(shell.stdout).unwrap(), expected);
    }
}

#[test]
fn variables_are_one_a_line() {
    let dir = tempfile::tempdir().unwrap();
    write_to(dir.path(), "http://127.0.0.1:8080").unwrap();
    let text = std::fs::read_to_string(dir.path().join("wechatpay.env")).unwrap();
    let names: Vec<&str> = text
        .lines()
        .map(|line| line.split_once('=').unwrap().0)
        .collect();
    let expected = [
        "WECHATPAY_BASE_URL",
        "WECHATPAY_MCHID",
        "WECHATPAY_SERIAL_NO",
        "WECHATPAY_PRIVATE_KEY_FILE",
        "WECHATPAY_MERCHANT_CERT_FILE",
        "WECHATPAY_PUBLIC_KEY_ID",
        "WECHATPAY_PUBLIC_KEY_FILE",
        "WECHATPAY_PLATFORM_CERT_FILE",
        "WECHATPAY_PLATFORM_CERT_SERIAL_NO",
        "WECHATPAY_APIV3_KEY",
    ];
    assert_eq!(names, expected);
}

#[test]
fn secrets_do_not_show() {
    let engine = wechatpay_gateway::Engine::new();
    let shown = format!("{engine:?} {:?}", credentials::merchant_signer().unwrap());
    assert!(!shown.contains(credentials::API_V3_KEY));
    for line in credentials::MERCHANT_KEY_PEM
        .lines()
        .filter(|line| line.len() > 20)
    {
        assert!(!shown.contains(line));
    }
}
