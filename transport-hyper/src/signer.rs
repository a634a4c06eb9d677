use std::future::{Future, ready};

use wechatpay_core::{SignError, Signature, Signer};

/// A [`Signer`] that takes its time: an HSM, a KMS, a service behind a socket.
///
/// Every [`Signer`] is one, and signs at once, on the task that calls: a signature in memory costs
/// less than moving it to another thread. Implement this one instead for a key that is reached over
/// I/O, and no worker of the runtime is blocked meanwhile. The signature is waited for within the
/// attempt's time. To share one among clients, put the `Arc` inside, and clone the signer.
///
/// ```
/// use wechatpay_core::{SerialNumber, SignError, Signature};
/// use wechatpay_hyper::AsyncSigner;
///
/// struct Hsm(SerialNumber);
///
/// impl AsyncSigner for Hsm {
///     async fn sign(&self, message: &[u8]) -> Result<Signature, SignError> {
///         let bytes = ask_the_hsm(message).await.map_err(SignError::new)?;
///         Ok(Signature::new(self.0.clone(), bytes))
///     }
/// }
/// # async fn ask_the_hsm(message: &[u8]) -> std::io::Result<Vec<u8>> { Ok(message.to_vec()) }
/// ```
pub trait AsyncSigner {
    /// Signs `message`, which is not hashed yet.
    ///
    /// # Errors
    ///
    /// [`SignError`] when the key store refuses.
    fn sign(&self, message: &[u8]) -> impl Future<Output = Result<Signature, SignError>> + Send;
}

impl<S: Signer> AsyncSigner for S {
    fn sign(&self, message: &[u8]) -> impl Future<Output = Result<Signature, SignError>> + Send {
        ready(Signer::sign(self, message))
    }
}
