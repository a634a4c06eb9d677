//! A private key that never enters this process, asked for its signatures without blocking: the
//! asynchronous twin of `wechatpay-ureq`'s `remote_signer`, with the same signer process.
//!
//! ```text
//! cargo run -p wechatpay-hyper --example remote_signer_async
//! ```
//!
//! One thread makes eight calls side by side, and the signer answers none of them before all eight
//! have asked: had one of them blocked the thread, the others could not ask. It runs against a
//! gateway of its own, and ends with status 0 only if all eight subsidies were created, the answers
//! verified, and a call without a signer sent nothing. Needs a Unix system and `openssl`.

#[cfg(unix)]
#[path = "../../transport-ureq/examples/remote_signer/process.rs"]
mod process;
#[cfg(unix)]
#[path = "../../transport-ureq/examples/remote_signer/wire.rs"]
mod wire;

#[cfg(unix)]
mod example {
    use std::num::NonZeroUsize;
    use std::path::PathBuf;
    use std::sync::Arc;
    use std::time::Duration;

    use serde_json::json;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::UnixStream;
    use tokio::task::JoinSet;
    use tokio::time::timeout;
    use wechatpay_core::api::ecommerce::subsidies;
    use wechatpay_core::{
        Effect, Fen, Merchant, Method, PlatformKeys, SerialNumber, SignError, Signature,
    };
    use wechatpay_gateway::{Account, Gateway, Running, credentials};
    use wechatpay_hyper::{AsyncSigner, Client};

    use crate::process::{Failure, Process};
    use crate::wire;

    /// Signs by asking another process. A connection lasts for one signature, so that a signer which
    /// was started anew is found again.
    struct RemoteSigner {
        socket: PathBuf,
        serial: SerialNumber,
        /// For the whole exchange. A client's limit for an attempt counts besides.
        timeout: Duration,
    }

    impl RemoteSigner {
        async fn ask(&self, message: &[u8]) -> Result<Vec<u8>, Failure> {
            let mut stream = UnixStream::connect(&self.socket)
                .await
                .map_err(|e| format!("no signer at {}: {e}", self.socket.display()))?;
            stream.write_all(&wire::question(message)?).await?;
            let mut head = [0; 4];
            stream.read_exact(&mut head).await?;
            let mut answer = vec![0; wire::length(head)?];
            stream.read_exact(&mut answer).await?;
            Ok(wire::read_answer(&answer)?)
        }
    }

    impl AsyncSigner for RemoteSigner {
        async fn sign(&self, message: &[u8]) -> Result<Signature, SignError> {
            let asked = timeout(self.timeout, self.ask(message)).await;
            let answered = asked.map_err(|_| {
                let limit = self.timeout.as_secs();
                SignError::new(format!("the remote signer said nothing for {limit} s"))
            })?;
            let signature = answered.map_err(SignError::new)?;
            Ok(Signature::new(self.serial.clone(), signature))
        }
    }

    const CALLS: NonZeroUsize = NonZeroUsize::new(8).expect("more than none");
    const SUBSIDY: Fen = Fen::new(500);

    #[tokio::main(flavor = "current_thread")]
    pub(crate) async fn run() -> Result<(), Failure> {
        let gateway = Gateway::start()?;
        let folder = tempfile::tempdir()?;
        credentials::write_to(folder.path(), &gateway.base_url())?;

        let socket = folder.path().join("signer.sock");
        let key = folder.path().join("apiclient_key.pem");
        let process = Process::start(&socket, &key, CALLS)?;
        let signer = RemoteSigner {
            socket,
            serial: SerialNumber::parse(credentials::MERCHANT_SERIAL)?,
            timeout: Duration::from_secs(10),
        };
        let public_key = std::fs::read(folder.path().join("pub_key.pem"))?;
        let keys = PlatformKeys::new().with_public_key(credentials::PUBLIC_KEY_ID, &public_key)?;
        let merchant = Merchant::new(credentials::MCHID)?.at(&gateway.base_url())?;
        let client = Arc::new(Client::new(merchant, signer, keys));

        let before = balance(&gateway);
        let mut calls = JoinSet::new();
        for number in 1..=CALLS.get() {
            let (client, create) = (Arc::clone(&client), promised(&gateway, number)?);
            calls.spawn(async move { client.call(&create).await });
        }
        while let Some(created) = calls.join_next().await {
            let created = created??;
            println!("created and verified: {created:?}");
            if created.result.as_str() != "SUCCESS" {
                return Err("a subsidy was not created".into());
            }
        }
        let paid = before.get() - balance(&gateway).get();
        if paid != 4_000 {
            return Err(format!("eight subsidies of 500 fen cost {paid} fen").into());
        }

        drop(process);
        match client.call(&promised(&gateway, 9)?).await {
            Err(error) if error.effect() == Effect::None => println!("without its signer: {error}"),
            Err(error) => return Err(error.into()),
            Ok(_) => return Err("a call was signed by nobody".into()),
        }
        if before.get() - balance(&gateway).get() != paid {
            return Err("a call that was not sent moved money".into());
        }
        Ok(())
    }

    /// An order that promises a subsidy, and the call that pays it.
    fn promised(gateway: &Running, number: usize) -> Result<subsidies::Create, Failure> {
        let transaction_id = format!("T{number}");
        let order = json!({
            "sub_mchid": "1900000109",
            "transaction_id": transaction_id,
            "total": 8_000,
            "subsidy_amount": SUBSIDY,
        });
        gateway.admin(Method::POST, "/_gateway/orders", &order)?;
        Ok(subsidies::Create::builder()
            .sub_mchid("1900000109")
            .transaction_id(transaction_id)
            .amount(SUBSIDY)
            .description("signed elsewhere")
            .out_subsidy_no(format!("S{number}"))
            .build())
    }

    /// What the platform's merchant pays subsidies from.
    fn balance(gateway: &Running) -> Fen {
        let engine = gateway.engine().lock();
        engine.ledger().balance(&Account::PlatformOperation)
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
