use std::{
    process::{ExitStatus, Stdio},
    time::Duration,
};

use tokio::{
    process::{Child, Command},
    time::timeout,
};

use super::failure::Failure;

/// A process of a command of the user's, and those that it has started itself. They end with their owner.
pub(crate) struct Process {
    child: Child,
    /// Its id, which is that of its group.
    group: Option<u32>,
}

impl Process {
    /// Starts a command, in a group of its own. What it writes to standard error is shown.
    pub(crate) fn start(command: &[String], url: Option<&str>) -> Result<Self, Failure> {
        let mut words = command.iter().map(|word| match url {
            Some(url) => word.replace("{url}", url),
            None => word.clone(),
        });
        let program = words.next().unwrap_or_default();
        let failed = |error| Failure::Argument(format!("{program}: {error}"));
        let mut command = Command::new(&program);
        command.args(words).stdin(Stdio::null()).stdout(Stdio::null()).kill_on_drop(true);
        #[cfg(unix)]
        command.process_group(0);
        let child = command.spawn().map_err(failed)?;
        Ok(Self { group: child.id(), child })
    }

    /// Returns how it has ended, if it has.
    pub(crate) fn ended(&mut self) -> Option<ExitStatus> {
        let status = self.child.try_wait().ok().flatten()?;
        self.end_group();
        Some(status)
    }

    /// Waits for it to end.
    pub(crate) async fn wait(&mut self) -> Option<ExitStatus> {
        let status = self.child.wait().await.ok()?;
        self.end_group();
        Some(status)
    }

    /// Waits so long for it to end by itself, and ends it then. Returns how it ended by itself.
    pub(crate) async fn finish(mut self, limit: Duration) -> Option<ExitStatus> {
        match timeout(limit, self.wait()).await {
            Ok(status) => status,
            Err(_) => {
                // It may have ended meanwhile.
                let _ = self.child.kill().await;
                None
            }
        }
    }

    /// Ends it, and waits until it has.
    pub(crate) async fn stop(mut self) {
        // It may have ended.
        let _ = self.child.kill().await;
    }

    /// Ends the group, once: the command may be a script that has started the target. Later the id may be
    /// that of others.
    fn end_group(&mut self) {
        let group = self.group.take();
        #[cfg(not(unix))]
        let _ = group;
        #[cfg(unix)]
        if let Some(group) = group.and_then(|group| i32::try_from(group).ok())
            && let Some(group) = rustix::process::Pid::from_raw(group)
        {
            // None may be left.
            let _ = rustix::process::kill_process_group(group, rustix::process::Signal::KILL);
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.end_group();
    }
}
