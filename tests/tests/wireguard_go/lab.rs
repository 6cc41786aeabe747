//! Two network namespaces joined by a cable, with wireguard-go in one of them.

use std::fs::{self, File};
use std::io::Write;
use std::net::{IpAddr, SocketAddr, UdpSocket};
use std::os::fd::AsFd;
use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use rustix::thread::{LinkNameSpaceType, move_into_link_name_space};
use vpn_core::{PublicKey, SecretKey};

use super::PATIENCE;

/// Where each side is found: the first two by cable, the others in the tunnel.
pub(crate) const OUR_OUTER: [&str; 2] = ["192.0.2.1", "2001:db8::1"];
pub(crate) const THEIR_OUTER: [&str; 2] = ["192.0.2.2", "2001:db8::2"];
pub(crate) const OUR_INNER: [&str; 2] = ["10.0.0.1", "fd00::1"];
pub(crate) const THEIR_INNER: [&str; 2] = ["10.0.0.2", "fd00::2"];
pub(crate) const PORT: u16 = 51820;

/// IP version 4 or 6, as an index of the addresses above.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Family {
    V4,
    V6,
}

pub(crate) const FAMILIES: [Family; 2] = [Family::V4, Family::V6];

impl Family {
    pub(crate) fn of(self, addresses: [&str; 2]) -> IpAddr {
        addresses[self as usize].parse().unwrap()
    }
}

/// A network namespace, gone when dropped with all that is in it.
struct Namespace(String);

impl Namespace {
    fn new(name: String) -> Self {
        let namespace = Self(name);
        run("ip", &["netns", "add", &namespace.0]);
        namespace.ip("link set lo up");
        namespace
    }

    /// Runs `ip` with these words.
    fn ip(&self, words: &str) {
        let words: Vec<&str> = ["-n", &self.0].into_iter().chain(words.split(' ')).collect();
        run("ip", &words);
    }

    fn has_link(&self, name: &str) -> bool {
        let output = Command::new("ip").args(["-n", &self.0, "link", "show", name]).output();
        output.unwrap().status.success()
    }

    /// Works on a thread of this namespace; sockets and processes made there stay in it.
    fn within<T: Send>(&self, work: impl FnOnce() -> T + Send) -> T {
        let namespace = File::open(format!("/run/netns/{}", self.0)).unwrap();
        let enter_and_work = || {
            let kind = Some(LinkNameSpaceType::Network);
            move_into_link_name_space(namespace.as_fd(), kind).unwrap();
            work()
        };
        thread::scope(|scope| scope.spawn(enter_and_work).join().unwrap())
    }
}

impl Drop for Namespace {
    fn drop(&mut self) {
        let _ = Command::new("ip").args(["netns", "del", &self.0]).output();
    }
}

/// Runs a program that is to succeed.
fn run(program: &str, arguments: &[&str]) -> Output {
    let output = Command::new(program).args(arguments).output().unwrap();
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{program} {}: {complaint}", arguments.join(" "));
    output
}

/// What wireguard-go is told: its key and what it knows of us.
#[derive(Clone)]
pub(crate) struct Config {
    pub(crate) secret: [u8; 32],
    pub(crate) peer: PublicKey,
    pub(crate) psk: Option<[u8; 32]>,
    pub(crate) endpoint: Option<SocketAddr>,
}

impl Config {
    fn text(&self) -> String {
        // The three kinds of keys are written alike.
        let base64 = |bytes| PublicKey::from_bytes(bytes).to_string();
        let [v4, v6] = OUR_INNER;
        let mut text = format!(
            "[Interface]\nPrivateKey = {}\nListenPort = {PORT}\n\
             [Peer]\nPublicKey = {}\nAllowedIPs = {v4}/32, {v6}/128\n",
            base64(self.secret),
            self.peer,
        );
        if let Some(psk) = self.psk {
            text += &format!("PresharedKey = {}\n", base64(psk));
        }
        if let Some(endpoint) = self.endpoint {
            text += &format!("Endpoint = {endpoint}\n");
        }
        text
    }

    /// Configures wireguard-go by its control socket.
    fn apply(&self, interface: &str) {
        let mut wg = Command::new("wg")
            .args(["setconf", interface, "/dev/stdin"])
            .stdin(Stdio::piped())
            .spawn()
            .unwrap();
        wg.stdin.take().unwrap().write_all(self.text().as_bytes()).unwrap();
        assert!(wg.wait().unwrap().success(), "wg setconf");
    }

    pub(crate) fn public(&self) -> PublicKey {
        SecretKey::from_bytes(self.secret).public_key()
    }
}

/// The two namespaces, and wireguard-go with its interface in theirs.
pub(crate) struct Lab {
    // Dropped in this order: the process before the namespace that it is in.
    wireguard_go: Option<WireguardGo>,
    interface: String,
    ours: Namespace,
    theirs: Namespace,
    config: Config,
    mtu: u16,
}

impl Lab {
    pub(crate) fn new(config: Config, mtu: u16) -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        // Its sockets for `wg` lie in one folder for all namespaces.
        let unique = format!("{}x{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        let ours = Namespace::new(format!("vpn-core-{unique}-ours"));
        let theirs = Namespace::new(format!("vpn-core-{unique}-theirs"));
        ours.ip(&format!("link add cable type veth peer name cable netns {}", theirs.0));
        for (namespace, addresses) in [(&ours, OUR_OUTER), (&theirs, THEIR_OUTER)] {
            namespace.ip("link set cable up");
            add_addresses(namespace, "cable", addresses);
        }
        let interface = format!("wg{unique}");
        let mut lab = Self { wireguard_go: None, interface, ours, theirs, config, mtu };
        lab.start();
        lab
    }

    /// A UDP socket of ours at the end of the cable.
    pub(crate) fn our_socket(&self, at: SocketAddr) -> UdpSocket {
        self.ours.within(|| UdpSocket::bind(at)).unwrap()
    }

    /// A UDP socket of an application behind wireguard-go.
    pub(crate) fn their_application(&self, at: IpAddr) -> UdpSocket {
        let socket = self.theirs.within(|| UdpSocket::bind((at, 0))).unwrap();
        socket.set_read_timeout(Some(PATIENCE)).unwrap();
        socket
    }

    /// Gives wireguard-go's interface one address more.
    pub(crate) fn add_their_inner_address(&self, address: &str) {
        self.theirs.ip(&format!("addr add {address} dev {}", self.interface));
    }

    /// Gives our end of the cable one address more.
    pub(crate) fn add_our_outer_address(&self, address: &str) {
        self.ours.ip(&format!("addr add {address} dev cable"));
    }

    /// Replaces an address of their end of the cable, and the port.
    pub(crate) fn move_them(&self, from: &str, to: &str, port: u16) {
        // In this order, or the new one would go with the old one, to which it is secondary.
        self.theirs.ip(&format!("addr del {from} dev cable"));
        self.theirs.ip(&format!("addr add {to} dev cable"));
        // With another port it also lets go of the address that it last sent from.
        run("wg", &["set", &self.interface, "listen-port", &port.to_string()]);
    }

    /// Kills wireguard-go and starts it with the same configuration.
    pub(crate) fn restart(&mut self) {
        self.wireguard_go = None;
        self.start();
    }

    fn start(&mut self) {
        let Self { interface, theirs, mtu, .. } = &*self;
        let started = WireguardGo::start(theirs, interface);
        self.config.apply(interface);
        add_addresses(theirs, interface, THEIR_INNER);
        theirs.ip(&format!("link set {interface} mtu {mtu} up"));
        self.wireguard_go = Some(started);
    }

    /// What `wg show` says of one property.
    pub(crate) fn show(&self, property: &str) -> String {
        let output = run("wg", &["show", &self.interface, property]);
        String::from_utf8(output.stdout).unwrap()
    }
}

fn add_addresses(namespace: &Namespace, device: &str, [v4, v6]: [&str; 2]) {
    namespace.ip(&format!("addr add {v4}/24 dev {device}"));
    namespace.ip(&format!("addr add {v6}/64 dev {device} nodad"));
}

/// The running program, killed when dropped.
struct WireguardGo {
    process: Child,
    control_socket: PathBuf,
}

impl WireguardGo {
    fn start(namespace: &Namespace, interface: &str) -> Self {
        let deadline = Instant::now() + PATIENCE;
        // The kernel takes away the interface of a killed process when it finds the time.
        while namespace.has_link(interface) {
            assert!(Instant::now() < deadline, "the interface does not go");
        }
        let mut command = Command::new("wireguard-go");
        // In the foreground it leaves out its banner.
        command.env("WG_PROCESS_FOREGROUND", "1").env("LOG_LEVEL", "error").arg(interface);
        let process = namespace.within(|| command.spawn()).unwrap();
        let control_socket = format!("/var/run/wireguard/{interface}.sock").into();
        let mut started = Self { process, control_socket };
        while !started.control_socket.exists() {
            assert_eq!(started.process.try_wait().unwrap(), None, "wireguard-go has ended");
            assert!(Instant::now() < deadline, "wireguard-go does not come up");
            thread::sleep(Duration::from_millis(5));
        }
        started
    }
}

impl Drop for WireguardGo {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
        let _ = fs::remove_file(&self.control_socket);
    }
}
