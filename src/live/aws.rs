//! Signed calls to AWS (Signature Version 4), or to an emulator of it.

use std::time::{Duration, SystemTime};

use aws_sigv4::http_request::{
    PercentEncodingMode, SignableBody, SignableRequest, SigningSettings, UriPathNormalizationMode,
    sign,
};
use aws_sigv4::sign::v4;

use crate::{Credentials, Request, Response, Transport};

/// Services that answer in one region for the whole account.
const GLOBAL: [&str; 1] = ["iam"];

/// How long one call may take.
const TIMEOUT: Duration = Duration::from_secs(30);

/// A client of one account in one region.
pub struct AwsClient {
    agent: ureq::Agent,
    credentials: Credentials,
    region: String,
    endpoint: Option<String>,
}

impl AwsClient {
    /// A client; `endpoint` (`http://127.0.0.1:4566`) takes the place of every service's own host.
    pub fn new(credentials: Credentials, region: &str, endpoint: Option<&str>) -> Self {
        let config = ureq::Agent::config_builder()
            .timeout_global(Some(TIMEOUT))
            .http_status_as_error(false);
        Self {
            agent: config.build().new_agent(),
            credentials,
            region: region.to_owned(),
            endpoint: endpoint.map(|text| text.trim_end_matches('/').to_owned()),
        }
    }

    fn url(&self, request: &Request) -> String {
        let (service, region) = (&request.service, &self.region);
        match &self.endpoint {
            Some(endpoint) => format!("{endpoint}{}", request.path),
            None if GLOBAL.contains(&service.as_str()) => {
                format!("https://{service}.amazonaws.com{}", request.path)
            }
            None => format!("https://{service}.{region}.amazonaws.com{}", request.path),
        }
    }

    /// The headers that sign the request.
    fn headers(&self, request: &Request, url: &str) -> Result<Vec<(String, String)>, String> {
        let identity = self.credentials.inner.clone().into();
        let mut settings = SigningSettings::default();
        if request.service == "s3" {
            settings.percent_encoding_mode = PercentEncodingMode::Single;
            settings.uri_path_normalization_mode = UriPathNormalizationMode::Disabled;
            settings.payload_checksum_kind =
                aws_sigv4::http_request::PayloadChecksumKind::XAmzSha256;
        }
        let region = if GLOBAL.contains(&request.service.as_str()) {
            "us-east-1"
        } else {
            &self.region
        };
        let parameters = v4::SigningParams::builder()
            .identity(&identity)
            .region(region)
            .name(&request.service)
            .time(SystemTime::now())
            .settings(settings)
            .build()
            .map_err(|error| error.to_string())?
            .into();
        let kind = content_type(request).map(|kind| ("content-type", kind));
        let body = SignableBody::Bytes(request.body.as_bytes());
        let signable = SignableRequest::new(request.method, url, kind.into_iter(), body);
        let signed = sign(signable.map_err(|error| error.to_string())?, &parameters)
            .map_err(|error| error.to_string())?;
        let (instructions, _) = signed.into_parts();
        Ok(instructions
            .headers()
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect())
    }
}

fn content_type(request: &Request) -> Option<&'static str> {
    (request.method == "POST").then_some("application/x-www-form-urlencoded; charset=utf-8")
}

impl Transport for AwsClient {
    fn send(&self, request: &Request) -> Result<Response, String> {
        let url = self.url(request);
        let headers = self.headers(request, &url)?;
        let answer = if request.method == "POST" {
            let built = headers
                .iter()
                .fold(self.agent.post(&url), |built, (name, value)| {
                    built.header(name, value)
                });
            let built = content_type(request)
                .into_iter()
                .fold(built, |built, kind| built.header("content-type", kind));
            built.send(request.body.as_bytes())
        } else {
            let built = headers
                .iter()
                .fold(self.agent.get(&url), |built, (name, value)| {
                    built.header(name, value)
                });
            built.call()
        };
        let mut answer = answer.map_err(|error| format!("{url}: {error}"))?;
        let status = answer.status().as_u16();
        let body = answer
            .body_mut()
            .read_to_string()
            .map_err(|error| format!("{url}: {error}"))?;
        Ok(Response { status, body })
    }
}
