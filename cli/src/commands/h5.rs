//! What opens the payment page of an H5 order, as flags.

use std::convert::Infallible;

use clap::Args;
use wechatpay_core::api::pay::transactions::{H5Info, H5Kind, H5Scene, Scene};

/// The flags of `--kind h5`.
#[derive(Clone, Debug, Args)]
pub(crate) struct H5Flags {
    /// h5: what opens the page: iOS, Android or Wap
    #[arg(long, value_name = "TYPE", value_parser = h5_kind, required_if_eq("kind", "h5"))]
    h5_type: Option<H5Kind>,
    /// h5: the application's name (应用名称)
    #[arg(long)]
    app_name: Option<String>,
    /// h5: the site's address (网站URL)
    #[arg(long)]
    app_url: Option<String>,
    /// h5: the BundleID of an application on iOS
    #[arg(long)]
    bundle_id: Option<String>,
    /// h5: the PackageName of an application on Android
    #[arg(long)]
    package_name: Option<String>,
}

impl H5Flags {
    /// Whether any of them is.
    pub(crate) fn is_given(&self) -> bool {
        let texts = [
            &self.app_name,
            &self.app_url,
            &self.bundle_id,
            &self.package_name,
        ];
        self.h5_type.is_some() || texts.into_iter().any(Option::is_some)
    }

    /// The scene with what opens the page.
    pub(crate) fn scene(&self, scene: Scene) -> Option<H5Scene> {
        let info = H5Info::builder()
            .kind(self.h5_type.clone()?)
            .maybe_app_name(self.app_name.as_deref())
            .maybe_app_url(self.app_url.as_deref())
            .maybe_bundle_id(self.bundle_id.as_deref())
            .maybe_package_name(self.package_name.as_deref())
            .build();
        Some(H5Scene::builder().scene(scene).h5_info(info).build())
    }
}

/// Values that are not known here are passed on: the platform adds to them.
fn h5_kind(text: &str) -> Result<H5Kind, Infallible> {
    text.parse()
}
