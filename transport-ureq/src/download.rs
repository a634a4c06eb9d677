use std::io::{Read, Write};

use wechatpay_core::api::bill::{BillCheck, BillFile, Checked, Packing};
use wechatpay_core::{CallError, DownloadError, Host, Prepared, Signer, Verifier};

use crate::error::TransportError;
use crate::{Client, run};

impl<S: Signer, V: Verifier> Client<S, V> {
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
    pub fn download(
        &self,
        bill: &BillFile,
        packing: Packing,
        limit: u64,
        mut out: impl Write,
    ) -> Result<Checked, DownloadError<TransportError>> {
        let mut check = BillCheck::new(bill, packing, limit)?;
        let draft = self.merchant.draft_for(&bill.download(), &self.keys);
        let draft = draft.map_err(CallError::from)?;
        let signed = self.sign_within(self.policy.total(), &draft, Host::Main);
        let (Prepared { request, pending }, limits) = signed.map_err(CallError::from)?;
        let broken = |source: TransportError| DownloadError::Call(source.of(&pending));
        let response = self.send(request, limits).map_err(broken)?;
        if !response.status().is_success() {
            let response = self.whole(response, limits).map_err(broken)?;
            return match pending.refusal(&response, &self.keys, run::now()) {
                Some(error) => Err(CallError::from(error).into()),
                // Not reached: the status is the same.
                None => Ok(check.finish()?),
            };
        }
        let mut body = response.into_body().into_reader();
        let (mut piece, mut plain) = (vec![0; 16 * 1024], Vec::new());
        loop {
            let read = body.read(&mut piece);
            let length = read.map_err(|e| broken(TransportError::reading(e.into(), limits)))?;
            if length == 0 {
                break;
            }
            check.push(&piece[..length], |bytes| plain.extend_from_slice(bytes))?;
            out.write_all(&plain).map_err(DownloadError::Write)?;
            plain.clear();
        }
        out.flush().map_err(DownloadError::Write)?;
        Ok(check.finish()?)
    }
}
