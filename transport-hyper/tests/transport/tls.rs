//! TLS, under a certification authority that lives as long as the test.

use std::sync::Arc;

use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use rustls::pki_types::PrivateKeyDer;
use rustls::{ClientConfig, RootCertStore, ServerConfig};
use wechatpay_core::{CallError, Effect};
use wechatpay_hyper::TransportError;

use crate::server::{Act, Server, signed};
use crate::{client, post};

/// The settings of a server on 127.0.0.1, and of a client that trusts it.
pub(crate) fn settings() -> (ServerConfig, ClientConfig) {
    let mut params = CertificateParams::new([]).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let ca_key = KeyPair::generate().unwrap();
    let ca = params.self_signed(&ca_key).unwrap();
    let key = KeyPair::generate().unwrap();
    let leaf = CertificateParams::new(["127.0.0.1".to_owned()]).unwrap();
    let leaf = leaf.signed_by(&key, &Issuer::new(params, ca_key)).unwrap();

    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
    let server = ServerConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![leaf.der().clone()], key)
        .unwrap();
    let mut roots = RootCertStore::empty();
    roots.add(ca.der().clone()).unwrap();
    let client = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    (server, client)
}

#[tokio::test]
async fn a_trusted_authority() {
    let (server, mut trusting) = settings();
    let server = Server::start_tls(server, |_| Act::Write(signed("200 OK", b"{}")));
    // Would panic in hyper-util, which speaks HTTP/1.1 here, if it were offered.
    trusting.alpn_protocols = vec![b"h2".to_vec()];
    let client = client(&server).with_tls(trusting);
    client.call(&post()).await.unwrap();
    client.call(&post()).await.unwrap();
    assert_eq!(
        server
            .seen()
            .iter()
            .map(|seen| seen.connection)
            .collect::<Vec<_>>(),
        [0, 0]
    );
}

#[tokio::test]
async fn an_authority_that_is_not_trusted() {
    let (server, _) = settings();
    let (_, trusting_another) = settings();
    let server = Server::start_tls(server, |_| Act::Write(signed("200 OK", b"{}")));
    for client in [client(&server), client(&server).with_tls(trusting_another)] {
        let error = client.call(&post()).await.unwrap_err();
        assert_eq!(error.effect(), Effect::None);
        let CallError::NotSent { source, .. } = &error else {
            panic!("{error}")
        };
        assert!(matches!(source, TransportError::Connect(_)), "{error}");
        assert!(
            error.to_string().contains("invalid peer certificate"),
            "{error}"
        );
    }
    assert_eq!(server.seen().len(), 0);
}
