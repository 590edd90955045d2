use std::{
    process::{ExitStatus, Stdio},
    time::Duration,
};

use tokio::{
    process::{Child, Command},
    time::timeout,
};

use super::failure::Failure;

/// A process of a command of the user's. It ends with its owner.
pub(crate) struct Process {
    child: Child,
}

impl Process {
    /// Starts a command. What it prints goes to standard error.
    pub(crate) fn start(command: &[String], url: Option<&str>) -> Result<Self, Failure> {
        let mut words = command.iter().map(|word| match url {
            Some(url) => word.replace("{url}", url),
            None => word.clone(),
        });
        let program = words.next().unwrap_or_default();
        let failed = |error| Failure::Argument(format!("{program}: {error}"));
        let child = Command::new(&program)
            .args(words)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .map_err(failed)?;
        Ok(Self { child })
    }

    /// Returns how it has ended, if it has.
    pub(crate) fn ended(&mut self) -> Option<ExitStatus> {
        self.child.try_wait().ok().flatten()
    }

    /// Waits for it to end.
    pub(crate) async fn wait(&mut self) -> Option<ExitStatus> {
        self.child.wait().await.ok()
    }

    /// Waits so long for it to end by itself, and ends it then. Returns how it ended by itself.
    pub(crate) async fn finish(mut self, limit: Duration) -> Option<ExitStatus> {
        match timeout(limit, self.child.wait()).await {
            Ok(status) => status.ok(),
            Err(_) => {
                self.stop().await;
                None
            }
        }
    }

    /// Ends it, and waits until it has.
    pub(crate) async fn stop(mut self) {
        // It may have ended.
        let _ = self.child.kill().await;
    }
}
