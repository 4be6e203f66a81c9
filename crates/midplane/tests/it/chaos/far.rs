//! A second runtime of the product, of which the test has everything in hand: its process, the wire it dials through, its disk.
//!
//! It joins and runs by the same commands as a runtime on another machine. The wire is a relay on loopback that can be cut and held.
//! As root its telemetry lies on a file system of its own of a few MiB, in a mount namespace that outlives the runner; filling
//! that is what a full disk is.

use std::io::{Read as _, Write as _};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use crate::support::product::Product;
use crate::support::{binary, text, until};

/// Holds a few seconds of messages when nobody takes them.
const DISK: &str = "size=24m,mode=700";

pub(crate) struct Far {
    data: PathBuf,
    relay: Relay,
    runner: Option<Child>,
    /// Keeps the mount while runners come and go.
    holder: Option<Child>,
}

impl Far {
    pub(crate) fn join(product: &Product) -> Self {
        let added = product.json(&["runtime", "add", "far", "--output", "json"]);
        let token = added["token"].as_str().unwrap_or_default().to_owned();
        let data = product.home.path().join("far");
        let joined = product
            .home
            .command(binary())
            .args(["runner", "join", &token, "--data"])
            .arg(&data)
            .output()
            .unwrap();
        assert!(joined.status.success(), "{}", text(&joined));
        let relay = Relay::to(product.ready["link"].as_str().unwrap());
        let mut far = Self { data, relay, runner: None, holder: None };
        far.mount();
        far.start(product);
        far
    }

    /// A small disk of its own, where the machine lets us.
    fn mount(&mut self) {
        if !rustix::process::geteuid().is_root() {
            return;
        }
        let folder = self.data.join("telemetry");
        std::fs::create_dir_all(&folder).unwrap();
        let ready = self.data.join("mounted");
        let line = format!(
            "mount -t tmpfs -o {DISK} none '{}' && touch '{}' && exec sleep 100000",
            folder.display(),
            ready.display()
        );
        let mut holder =
            Command::new("unshare").args(["-m", "sh", "-c", &line]).stdin(Stdio::null()).spawn();
        if let Ok(holder) = &mut holder {
            until("the small disk is there", Duration::from_secs(10), || {
                let ended = holder.try_wait().is_ok_and(|status| status.is_some());
                if ready.exists() || ended { Ok(()) } else { Err(String::new()) }
            });
        }
        self.holder = holder.ok().filter(|_| ready.exists());
    }

    /// Whether the disk can be filled.
    pub(crate) fn has_a_disk(&self) -> bool {
        self.holder.is_some()
    }

    fn within(&self, product: &Product, program: &str) -> Command {
        let Some(holder) = &self.holder else { return product.home.command(program) };
        let mut command = product.home.command("nsenter");
        command.args(["-t", &holder.id().to_string(), "-m", program]);
        command
    }

    pub(crate) fn start(&mut self, product: &Product) {
        let log = std::fs::File::options()
            .append(true)
            .create(true)
            .open(product.home.path().join("far.log"))
            .unwrap();
        let child = self
            .within(product, binary())
            .args(["runner", "run", "--link", &self.relay.address(), "--data"])
            .arg(&self.data)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .unwrap();
        self.runner = Some(child);
    }

    pub(crate) fn kill(&mut self) {
        if let Some(mut runner) = self.runner.take() {
            let _ = runner.kill();
            let _ = runner.wait();
        }
    }

    /// What an application that is observed is to be given.
    pub(crate) fn observe(&self, product: &Product, name: &str) -> String {
        let data = self.data.display().to_string();
        // The socket lies beside the small disk, its token on it.
        let output = self
            .within(product, binary())
            .args(["runner", "observe", name, "--output", "json", "--data", &data])
            .output()
            .unwrap();
        assert!(output.status.success(), "{}", text(&output));
        let said: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        said["variable"]["MIDPLANE_TRACER"].as_str().unwrap().to_owned()
    }

    /// Takes what is free on the disk, or gives it back.
    pub(crate) fn fill(&self, product: &Product, full: bool) {
        let filler = self.data.join("telemetry/filler");
        let line = if full {
            format!("cat /dev/zero > '{}' 2>/dev/null; true", filler.display())
        } else {
            format!("rm -f '{}'", filler.display())
        };
        let status = self.within(product, "sh").args(["-c", &line]).status();
        assert!(status.is_ok_and(|status| status.success()));
    }

    pub(crate) fn cut(&self) {
        self.relay.cut();
    }

    pub(crate) fn hold(&self, held: bool) {
        self.relay.held.store(held, Ordering::SeqCst);
    }
}

impl Drop for Far {
    fn drop(&mut self) {
        self.kill();
        if let Some(mut holder) = self.holder.take() {
            let _ = holder.kill();
            let _ = holder.wait();
        }
    }
}

struct Relay {
    port: u16,
    wires: Arc<Mutex<Vec<TcpStream>>>,
    held: Arc<AtomicBool>,
}

impl Relay {
    fn to(address: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let relay = Self {
            port: listener.local_addr().unwrap().port(),
            wires: Arc::default(),
            held: Arc::default(),
        };
        let (wires, held) = (Arc::clone(&relay.wires), Arc::clone(&relay.held));
        let address = address.to_owned();
        // It ends with the process of the test.
        std::thread::spawn(move || {
            for here in listener.incoming().flatten() {
                let Ok(there) = TcpStream::connect(&address) else { continue };
                for (from, to) in [(&here, &there), (&there, &here)] {
                    let (from, to) = (from.try_clone().unwrap(), to.try_clone().unwrap());
                    let held = Arc::clone(&held);
                    std::thread::spawn(move || pass(from, to, &held));
                }
                let mut wires = wires.lock().unwrap();
                wires.extend([here, there]);
            }
        });
        relay
    }

    fn address(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    fn cut(&self) {
        for wire in self.wires.lock().unwrap().drain(..) {
            let _ = wire.shutdown(Shutdown::Both);
        }
    }
}

fn pass(mut from: TcpStream, mut to: TcpStream, held: &AtomicBool) {
    let mut bytes = vec![0; 64 << 10];
    while let Ok(count @ 1..) = from.read(&mut bytes) {
        while held.load(Ordering::SeqCst) {
            std::thread::sleep(Duration::from_millis(10));
        }
        if to.write_all(&bytes[..count]).is_err() {
            break;
        }
    }
    let _ = to.shutdown(Shutdown::Both);
    let _ = from.shutdown(Shutdown::Both);
}
