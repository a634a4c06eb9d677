//! What aws-lc can and ring cannot, or not as fast: sensitive fields, and a faster signer.

mod oaep;
mod signer;

pub use oaep::{Opener, Sealer};
pub use signer::AwsLcSigner;

use aws_lc_rs::rsa::KeyPair;

use crate::error::KeyError;
use crate::private_key::{self, INCONSISTENT, Layout, damaged};

/// The key, after the checks that every private key goes through.
fn key_pair(layout: Layout, der: &[u8]) -> Result<KeyPair, KeyError> {
    private_key::checked(layout, der)?;
    let key = match layout {
        Layout::Pkcs8 => KeyPair::from_pkcs8(der),
        Layout::Pkcs1 => KeyPair::from_der(der),
    };
    key.map_err(|_| damaged(INCONSISTENT))
}
