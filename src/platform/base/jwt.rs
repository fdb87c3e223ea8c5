//! JSON web tokens (RFC 7519), with HMAC-SHA-256 as the only algorithm there is: this module is the
//! whole cryptography that the JWT library gets, so no header can talk it into another (RFC 8725).

use hmac::{Hmac, KeyInit, Mac};
use jsonwebtoken::{
    Algorithm, DecodingKey, EncodingKey, Header, Validation,
    crypto::{CryptoProvider, JwtSigner, JwtVerifier, KeyUtils},
    errors::{Error, ErrorKind},
};
use serde::{Serialize, de::DeserializeOwned};
use sha2::Sha256;
use signature::{Signer, Verifier};

use crate::platform::base::keys::Keys;

const ISSUER: &str = "ospabhost";

/// Signs `claims` (which must hold `iss` and `aud`) as a token of the type `typ`.
pub fn sign(keys: &Keys, typ: &str, claims: &impl Serialize) -> Result<String, Error> {
    provide();
    let key = keys.signing();
    let mut header = Header::new(Algorithm::HS256);
    header.typ = Some(typ.to_owned());
    header.kid = Some(key.kid.clone());
    jsonwebtoken::encode(&header, claims, &EncodingKey::from_secret(&key.secret))
}

/// Reads a token of the type `typ` whose signature, issuer and audience are right. The caller checks
/// `exp` against its own clock.
pub fn verify<T: DeserializeOwned + Clone>(keys: &Keys, typ: &str, token: &str) -> Option<T> {
    provide();
    let header = jsonwebtoken::decode_header(token).ok()?;
    if header.alg != Algorithm::HS256 || header.typ.as_deref() != Some(typ) {
        return None;
    }
    let key = keys.by_kid(header.kid.as_deref()?)?;
    let mut validation = Validation::new(Algorithm::HS256);
    validation.validate_exp = false;
    validation.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
    validation.set_issuer(&[ISSUER]);
    validation.set_audience(&[ISSUER]);
    jsonwebtoken::decode(token, &DecodingKey::from_secret(&key.secret), &validation).ok().map(|data| data.claims)
}

/// Issuer and audience of every token.
pub fn issuer() -> String {
    ISSUER.to_owned()
}

fn provide() {
    static PROVIDER: CryptoProvider =
        CryptoProvider { signer_factory: signer, verifier_factory: verifier, key_utils: KeyUtils::new_unimplemented() };
    static ONCE: std::sync::Once = std::sync::Once::new();
    // Fails only when it is installed already, which `Once` rules out.
    ONCE.call_once(|| {
        let _ = PROVIDER.install_default();
    });
}

struct HmacSha256(Hmac<Sha256>);

fn hmac(algorithm: Algorithm, secret: &[u8]) -> Result<HmacSha256, Error> {
    if algorithm != Algorithm::HS256 {
        return Err(ErrorKind::InvalidAlgorithm.into());
    }
    Hmac::new_from_slice(secret).map(HmacSha256).map_err(|_| ErrorKind::InvalidKeyFormat.into())
}

fn signer(algorithm: &Algorithm, key: &EncodingKey) -> Result<Box<dyn JwtSigner>, Error> {
    Ok(Box::new(hmac(*algorithm, key.as_bytes())?))
}

fn verifier(algorithm: &Algorithm, key: &DecodingKey) -> Result<Box<dyn JwtVerifier>, Error> {
    Ok(Box::new(hmac(*algorithm, key.try_get_as_bytes()?)?))
}

impl Signer<Vec<u8>> for HmacSha256 {
    fn try_sign(&self, message: &[u8]) -> Result<Vec<u8>, signature::Error> {
        Ok(self.0.clone().chain_update(message).finalize().into_bytes().to_vec())
    }
}

impl Verifier<Vec<u8>> for HmacSha256 {
    fn verify(&self, message: &[u8], signature: &Vec<u8>) -> Result<(), signature::Error> {
        self.0.clone().chain_update(message).verify_slice(signature).map_err(|_| signature::Error::new())
    }
}

impl JwtSigner for HmacSha256 {
    fn algorithm(&self) -> Algorithm {
        Algorithm::HS256
    }
}

impl JwtVerifier for HmacSha256 {
    fn algorithm(&self) -> Algorithm {
        Algorithm::HS256
    }
}
