//! Who asks: the credential chain every AWS tool uses (environment, profile files, web identity, containers, instances).

use std::fmt;

use aws_credential_types::provider::ProvideCredentials;

/// Credentials and the region that goes with them.
#[derive(Clone)]
pub struct Credentials {
    pub(crate) inner: aws_credential_types::Credentials,
    /// The region of the profile or environment, where there is one.
    pub region: Option<String>,
}

/// No usable credentials; the text names what was tried.
#[derive(Debug)]
pub struct CredentialsError(String);

impl fmt::Display for CredentialsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "no AWS credentials: {}", self.0)
    }
}

impl std::error::Error for CredentialsError {}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credentials")
            .field("region", &self.region)
            .finish_non_exhaustive()
    }
}

impl Credentials {
    /// From the chain, with a named profile or the default one.
    pub fn discover(profile: Option<&str>) -> Result<Self, CredentialsError> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(|error| CredentialsError(error.to_string()))?;
        runtime.block_on(async {
            let mut loader = aws_config::from_env();
            if let Some(profile) = profile {
                loader = loader.profile_name(profile);
            }
            let config = loader.load().await;
            let provider = config
                .credentials_provider()
                .ok_or_else(|| CredentialsError("none found".to_owned()))?;
            let found = provider.provide_credentials().await;
            let inner = found.map_err(|error| CredentialsError(causes(&error)))?;
            Ok(Self {
                inner,
                region: config.region().map(ToString::to_string),
            })
        })
    }

    /// Given outright, for emulators and tests.
    pub fn fixed(access_key: &str, secret: &str, region: Option<String>) -> Self {
        Self {
            inner: aws_credential_types::Credentials::new(access_key, secret, None, None, "given"),
            region,
        }
    }
}

/// An error and what caused it.
fn causes(error: &dyn std::error::Error) -> String {
    let chain = std::iter::successors(Some(error), |error| error.source());
    chain
        .map(ToString::to_string)
        .collect::<Vec<_>>()
        .join(": ")
}
