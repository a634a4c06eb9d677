//! `wxpay certificates`.

use std::path::{Path, PathBuf};

use clap::Args;
use serde::Serialize;
use wechatpay_core::api::certificates::{CertificateList, EncryptedCertificate};
use wechatpay_core::{Answer, ApiV3Key, PlatformKeys};

use crate::args::{Connection, ENVIRONMENT};
use crate::config::{Config, process_environment};
use crate::report::{self, Exit};
use crate::transport::Client;

const EXAMPLE: &str = "\
Downloads the platform certificates (平台证书): GET /v3/certificates. Each is opened with the APIv3 \
key, and the answer itself is verified with the certificate that it names, so that no key needs to \
be held before.

Prints the certificates that are valid now as JSON: {\"data\": [{\"serial_no\", \"effective_time\", \
\"expire_time\", \"certificate\": \"-----BEGIN …\"}]}.

Example:
  wxpay certificates --save ./credentials";

/// Download and verify the platform certificates (平台证书)
#[derive(Debug, Args)]
#[command(long_about = EXAMPLE, after_long_help = ENVIRONMENT)]
pub(crate) struct CertificatesArgs {
    /// Also write each certificate to DIR/wechatpay_SERIAL.pem
    #[arg(long, value_name = "DIR")]
    save: Option<PathBuf>,
    #[command(flatten)]
    connection: Connection,
}

pub(crate) fn run(args: &CertificatesArgs) -> Exit {
    let (merchant, signer, key) =
        match Config::read_for_download(&args.connection, &process_environment) {
            Ok(parts) => parts,
            Err(error) => return report::setting(&error),
        };
    // No key is held, and so none is declared: the platform answers with its certificate.
    let keys = PlatformKeys::new();
    let client = match Client::new(args.connection.transport, merchant, signer, keys) {
        Ok(client) => client,
        Err(failure) => return report::usage(failure),
    };
    let answer = match client.certificates(&key) {
        Ok(answer) => answer,
        Err(failure) => return report::failure(&failure, &client),
    };
    report::say(report::status_line("GET /v3/certificates", &answer));
    match show(&answer, &key, args.save.as_deref()) {
        Ok(()) => Exit::Success,
        Err(error) => {
            report::say(format_args!("error: the certificates came, and {error}"));
            Exit::Usage
        }
    }
}

#[derive(Serialize)]
struct Opened {
    data: Vec<OpenedCertificate>,
}

#[derive(Serialize)]
struct OpenedCertificate {
    serial_no: String,
    effective_time: String,
    expire_time: String,
    certificate: String,
}

/// Prints the certificates that were adopted, and saves them where that is asked for.
fn show(
    answer: &Answer<PlatformKeys>,
    key: &ApiV3Key,
    save: Option<&Path>,
) -> Result<(), Box<dyn std::error::Error>> {
    let list: CertificateList = serde_json::from_slice(&answer.body)?;
    let mut opened = Opened { data: Vec::new() };
    for sealed in &list.data {
        if answer.value.get(&sealed.serial_no).is_some() {
            opened.data.push(open(sealed, key)?);
        } else {
            report::say(format_args!(
                "note: certificate {} is not valid now, and left out",
                sealed.serial_no
            ));
        }
    }
    if let Some(dir) = save {
        std::fs::create_dir_all(dir).map_err(|e| at(dir, &e))?;
        for certificate in &opened.data {
            let path = dir.join(format!("wechatpay_{}.pem", certificate.serial_no));
            std::fs::write(&path, &certificate.certificate).map_err(|e| at(&path, &e))?;
            report::say(format_args!(
                "wrote {}, for WECHATPAY_PLATFORM_CERT_FILE",
                path.display()
            ));
        }
    }
    report::print(&serde_json::to_string_pretty(&opened)?)?;
    Ok(())
}

fn open(
    sealed: &EncryptedCertificate,
    key: &ApiV3Key,
) -> Result<OpenedCertificate, Box<dyn std::error::Error>> {
    let pem = sealed.encrypt_certificate.open(key)?;
    Ok(OpenedCertificate {
        serial_no: sealed.serial_no.clone(),
        effective_time: sealed.effective_time.to_string(),
        expire_time: sealed.expire_time.to_string(),
        certificate: String::from_utf8(pem)?,
    })
}

fn at(path: &Path, error: &std::io::Error) -> String {
    format!("{} cannot be written: {error}", path.display())
}
