//! A private key that never enters this process: each call asks a signer process for its signature,
//! over a Unix socket, and the signer asks the `openssl` command line.
//!
//! ```text
//! cargo run -p wechatpay-ureq --example remote_signer
//! ```
//!
//! It runs against a gateway of its own, and ends with status 0 only if the subsidy was created, the
//! answer verified, and a call without a signer sent nothing. Needs a Unix system and `openssl`.

#[cfg(unix)]
mod process;
#[cfg(unix)]
mod wire;

#[cfg(unix)]
mod example {
    use std::io::Write as _;
    use std::num::NonZeroUsize;
    use std::os::unix::net::UnixStream;
    use std::path::PathBuf;
    use std::time::Duration;

    use wechatpay_core::api::ecommerce::subsidies;
    use wechatpay_core::{
        Effect, Fen, Merchant, PlatformKeys, SerialNumber, SignError, Signature, Signer,
    };
    use wechatpay_gateway::{Account, Gateway, credentials};
    use wechatpay_ureq::Client;

    use crate::process::{Failure, Process, read_frame};
    use crate::wire;

    /// Signs by asking another process. A connection lasts for one signature, so that a signer which
    /// was started anew is found again.
    struct RemoteSigner {
        socket: PathBuf,
        serial: SerialNumber,
        /// For each step: sending the message, the head of the answer, the rest of it.
        timeout: Duration,
    }

    impl RemoteSigner {
        fn ask(&self, message: &[u8]) -> Result<Vec<u8>, Failure> {
            let mut stream = UnixStream::connect(&self.socket)
                .map_err(|e| format!("no signer at {}: {e}", self.socket.display()))?;
            stream.set_read_timeout(Some(self.timeout))?;
            stream.set_write_timeout(Some(self.timeout))?;
            stream.write_all(&wire::question(message)?)?;
            Ok(wire::read_answer(&read_frame(&mut stream)?)?)
        }
    }

    impl Signer for RemoteSigner {
        fn sign(&self, message: &[u8]) -> Result<Signature, SignError> {
            let signature = self.ask(message).map_err(SignError::new)?;
            Ok(Signature::new(self.serial.clone(), signature))
        }
    }

    pub(crate) fn run() -> Result<(), Failure> {
        let gateway = Gateway::start()?;
        let folder = tempfile::tempdir()?;
        credentials::write_to(folder.path(), &gateway.base_url())?;

        let socket = folder.path().join("signer.sock");
        let key = folder.path().join("apiclient_key.pem");
        let process = Process::start(&socket, &key, NonZeroUsize::MIN)?;
        let signer = RemoteSigner {
            socket,
            serial: SerialNumber::parse(credentials::MERCHANT_SERIAL)?,
            timeout: Duration::from_secs(5),
        };
        let public_key = std::fs::read(folder.path().join("pub_key.pem"))?;
        let keys = PlatformKeys::new().with_public_key(credentials::PUBLIC_KEY_ID, &public_key)?;
        let merchant = Merchant::new(credentials::MCHID)?.at(&gateway.base_url())?;
        let client = Client::new(merchant, signer, keys);

        let create = subsidies::Create::builder()
            .sub_mchid("1900000109")
            .transaction_id("4208450740201411110007820472")
            .amount(Fen::new(10))
            .description("signed elsewhere")
            .out_subsidy_no("P20150806125347")
            .build();
        let created = client.call(&create)?;
        println!("created and verified: {created:?}");
        if created.result.as_str() != "SUCCESS" {
            return Err("the subsidy was not created".into());
        }

        let balance = || {
            let engine = gateway.engine().lock();
            engine.ledger().balance(&Account::PlatformOperation)
        };
        let before = balance();
        drop(process);
        match client.call(&create) {
            Err(error) if error.effect() == Effect::None => println!("without its signer: {error}"),
            Err(error) => return Err(error.into()),
            Ok(_) => return Err("a call was signed by nobody".into()),
        }
        if balance() != before {
            return Err("a call that was not sent moved money".into());
        }
        Ok(())
    }
}

#[cfg(unix)]
fn main() -> std::process::ExitCode {
    use std::process::ExitCode;

    if let Some(status) = process::runs() {
        return status;
    }
    match example::run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("failed: {error}");
            ExitCode::FAILURE
        }
    }
}

#[cfg(not(unix))]
fn main() -> std::process::ExitCode {
    eprintln!("this example needs Unix sockets");
    std::process::ExitCode::FAILURE
}
