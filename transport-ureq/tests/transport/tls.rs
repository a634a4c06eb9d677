//! TLS, under a certification authority that lives as long as the test.

use std::sync::Arc;

use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use rustls::ServerConfig;
use rustls::pki_types::PrivateKeyDer;
use wechatpay_core::{CallError, Effect};
use wechatpay_ureq::TransportError;
use wechatpay_ureq::ureq::Agent;
use wechatpay_ureq::ureq::tls::{Certificate, RootCerts, TlsConfig};

use crate::server::{Act, Server, signed};
use crate::{client, get, post};

/// The settings of a server on 127.0.0.1, and an agent that trusts it.
pub(crate) fn settings() -> (ServerConfig, Agent) {
    let mut params = CertificateParams::new([]).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let ca_key = KeyPair::generate().unwrap();
    let ca = params.self_signed(&ca_key).unwrap();
    let key = KeyPair::generate().unwrap();
    let leaf = CertificateParams::new(["127.0.0.1".to_owned()]).unwrap();
    let leaf = leaf.signed_by(&key, &Issuer::new(params, ca_key)).unwrap();

    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
    let server = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![leaf.der().clone()], key)
        .unwrap();
    let roots = RootCerts::new_with_certs(&[Certificate::from_der(ca.der()).to_owned()]);
    let tls = TlsConfig::builder().root_certs(roots).build();
    let config = Agent::config_builder().proxy(None).tls_config(tls);
    (server, config.build().into())
}

#[test]
fn a_trusted_authority() {
    let (server, trusting) = settings();
    let server = Server::start_tls(server, |_| Act::Write(signed("200 OK", b"{}")));
    let client = client(&server).with_agent(trusting);
    client.call(&post()).unwrap();
    client.call(&post()).unwrap();
    assert_eq!(
        server
            .seen()
            .iter()
            .map(|seen| seen.connection)
            .collect::<Vec<_>>(),
        [0, 0]
    );
}

#[test]
fn an_authority_that_is_not_trusted() {
    let (server, _) = settings();
    let (_, trusting_another) = settings();
    let server = Server::start_tls(server, |_| Act::Write(signed("200 OK", b"{}")));
    for client in [
        client(&server),
        client(&server).with_agent(trusting_another),
    ] {
        for operation in [get(), post()] {
            let error = client.call(&operation).unwrap_err();
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
    }
    assert_eq!(server.seen().len(), 0);
}
