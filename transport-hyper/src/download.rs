use std::pin::pin;

use bytes::{Buf, Bytes};
use http_body_util::{BodyExt, Full};
use hyper::body::Body;
use tokio::io::{AsyncWrite, AsyncWriteExt};
use tokio::time::timeout;
use tower_service::Service;
use wechatpay_core::api::bill::{BillCheck, BillFile, Checked, Packing};
use wechatpay_core::http::{Request, Response};
use wechatpay_core::{CallError, DownloadError, Host, Prepared, Verifier};

use crate::error::{BoxError, TransportError};
use crate::{AsyncSigner, Client, run};

impl<S, V, H, B> Client<S, V, H>
where
    S: AsyncSigner,
    V: Verifier,
    H: Service<Request<Full<Bytes>>, Response = Response<B>> + Clone,
    H::Error: Into<BoxError>,
    B: Body,
    B::Error: Into<BoxError>,
{
    /// Downloads a bill into `out`, unpacked and piece by piece: a piece is in memory, and never the
    /// file. `packing` is what the bill was asked for with; more than `limit` bytes are refused.
    ///
    /// The platform does not sign the file. Its digest is held against the bytes as they pass by, so
    /// only `Ok` says that what was written is good: write to a temporary file, and rename it then.
    /// The request is sent once, and has the policy's whole time.
    ///
    /// # Errors
    ///
    /// [`DownloadError`]; then what was written is to be thrown away.
    pub async fn download(
        &self,
        bill: &BillFile,
        packing: Packing,
        limit: u64,
        out: &mut (impl AsyncWrite + Unpin),
    ) -> Result<Checked, DownloadError<TransportError>> {
        let mut check = BillCheck::new(bill, packing, limit)?;
        let draft = self.merchant.draft_for(&bill.download(), &self.keys);
        let draft = draft.map_err(CallError::from)?;
        let pending = draft.pending();
        let broken = |source: TransportError| DownloadError::Call(source.of(pending));
        let file = async {
            let signed = self.sign(&draft, Host::Main).await;
            let Prepared { request, .. } = signed.map_err(CallError::from)?;
            let response = self.send(request).await.map_err(broken)?;
            if !response.status().is_success() {
                let response = self.whole(response).await.map_err(broken)?;
                return match pending.refusal(&response, &self.keys, run::now()) {
                    Some(error) => Err(CallError::from(error).into()),
                    // Not reached: the status is the same.
                    None => Ok(check.finish()?),
                };
            }
            let mut body = pin!(response.into_body());
            let mut plain = Vec::new();
            while let Some(frame) = body.frame().await {
                let frame =
                    frame.map_err(|e| broken(TransportError::reading(e.into(), usize::MAX)))?;
                let Ok(mut data) = frame.into_data() else {
                    continue;
                };
                while data.has_remaining() {
                    let piece = data.chunk();
                    check.push(piece, |bytes| plain.extend_from_slice(bytes))?;
                    let length = piece.len();
                    data.advance(length);
                    out.write_all(&plain).await.map_err(DownloadError::Write)?;
                    plain.clear();
                }
            }
            out.flush().await.map_err(DownloadError::Write)?;
            Ok(check.finish()?)
        };
        let after = self.policy.total();
        let in_time = timeout(after, file).await;
        in_time.unwrap_or_else(|_| Err(broken(TransportError::AttemptTimeout { after })))
    }
}
