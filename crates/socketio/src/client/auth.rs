use alloc::{boxed::Box, sync::Arc};
use core::{fmt, future::Future, pin::Pin};

use crate::{Namespace, value::Object};

type Making = Pin<Box<dyn Future<Output = Object> + Send>>;

/// Makes the data for authentication, anew for each attempt to connect.
#[derive(Clone)]
pub(super) struct Auth(Arc<dyn Fn(Namespace) -> Making + Send + Sync>);

impl Auth {
    pub(super) fn new<F: Future<Output = Object> + Send + 'static>(
        make: impl Fn(Namespace) -> F + Send + Sync + 'static,
    ) -> Self {
        Self(Arc::new(move |namespace| Box::pin(make(namespace))))
    }

    pub(super) fn fixed(auth: Object) -> Self {
        Self::new(move |_| core::future::ready(auth.clone()))
    }

    pub(super) async fn make(&self, namespace: &Namespace) -> Object {
        self.0(namespace.clone()).await
    }
}

impl fmt::Debug for Auth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Auth")
    }
}
