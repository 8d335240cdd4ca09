//! What follows the options in `--help`: columns, examples, and the JSON. Lines of 80.

pub(super) const GENERAL: &str = "\
Examples:
  bellctl status
  bellctl peers
  bellctl announce 192.0.2.10/32 --community 64512:100
  bellctl monitor routes -o json

JSON:
  With -o json, standard output is one JSON value and nothing else; with
  `monitor`, one on each line. Field names, nesting and meaning are those of the
  messages in proto/bellwether/v1/speaker.proto. Every field is always there;
  null means not set. Times are RFC 3339 in UTC, durations are numbers of
  seconds, and enums are lower-case words such as \"established\", \"open-sent\"
  or \"ipv4-unicast\".

Exit codes:
  0  done
  1  any other error
  2  wrong usage, or an argument that is not valid
  3  the speaker cannot be reached
  4  no such peer or route

Errors are written to standard error, as `error: ...`.";

pub(super) const STATUS: &str = "\
Examples:
  bellctl status
  bellctl status -o json | jq .established_peers

JSON: an object, as message GetStatusResponse.";

pub(super) const PEERS: &str = "\
Columns:
  STATE       of RFC 4271: Idle, Connect, Active, OpenSent, OpenConfirm,
              Established
  UP/DOWN     for how long it has been in that state
  ADVERTISED  routes that the peer has been sent and not withdrawn since
  RECEIVED    routes that the peer has announced to us; counted, never used
  LAST ERROR  why the last session, or the last try for one, ended, and when
  -o wide adds the owner, the session's ends, hold time, families and message
  counts, and what is not advertised and why.

Examples:
  bellctl peers
  bellctl peers -o wide
  bellctl peers tor1
  bellctl peers 10.0.0.254 -o json
  bellctl peers -o json |
    jq -r '.[] | select(.state != \"established\") | .peer.name'

JSON: an array of objects as message PeerState; with PEER, that object alone.";

pub(super) const ROUTES: &str = "\
Columns:
  OWNERS      who wants it; the attributes of the first one are in force
  ADVERTISED  established peers that have it now, of those that are to have it
  AGE         since when it has been wanted
  -o wide adds the attributes.

Examples:
  bellctl routes
  bellctl routes 192.0.2.10/32
  bellctl routes --owner controller -o wide
  bellctl routes -o json | jq -r '.[].route.prefix'

JSON: an array of objects as message RouteState; with PREFIX, that object alone.";

pub(super) const ANNOUNCE: &str = "\
Examples:
  bellctl announce 192.0.2.10/32
  bellctl announce 192.0.2.10/32 2001:db8::10/128 \\
    --community 64512:100,no-export
  bellctl announce 192.0.2.0/24 --med 50 --prepend 2

JSON: an object as message ApplyResponse.";

pub(super) const WITHDRAW: &str = "\
Examples:
  bellctl withdraw 192.0.2.10/32
  bellctl withdraw 192.0.2.10/32 2001:db8::10/128 --owner deploy-script

JSON: an object as message ApplyResponse.";

pub(super) const MONITOR: &str = "\
Examples:
  bellctl monitor
  bellctl monitor peers
  bellctl monitor routes -o json |
    jq -r 'select(.type == \"delete\") | .route.route.prefix'

JSON, one object on each line:
  time   when bellctl received it
  kind   \"peer\" or \"route\"
  type   \"upsert\": new, or not as it was; \"delete\": gone;
         \"synced\": all that was there has been shown
  peer   with kind \"peer\": as message PeerState; in \"delete\" only peer.name
  route  with kind \"route\": as message RouteState; in \"delete\" only
         route.prefix";

pub(super) const COMPLETION: &str = "\
Examples:
  bellctl completion bash > /etc/bash_completion.d/bellctl
  bellctl completion zsh > \"${fpath[1]}/_bellctl\"
  bellctl completion fish > ~/.config/fish/completions/bellctl.fish";
