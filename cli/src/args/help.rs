//! What follows the options in `--help`: columns, examples, and the JSON. Lines of 80.

pub(super) const GENERAL: &str = "\
Examples:
  bellctl status
  bellctl peers
  bellctl explain 192.0.2.10/32
  bellctl announce 192.0.2.10/32 --community 64512:100
  bellctl monitor routes -o json

Which speaker:
  The first of these that is given: --address, --socket or --context;
  BELLWETHER_ADDRESS, BELLWETHER_SOCKET or BELLWETHER_CONTEXT in the environment;
  the current context (`bellctl context use`); the default socket.

JSON and YAML:
  With -o json, standard output is one JSON value and nothing else; with
  `monitor`, `drain` and `peers --watch`, one on each line. With -o yaml, the
  same in YAML. Field names, nesting and meaning are those of the messages in
  proto/bellwether/v1/speaker.proto. Every field is always there; null means not
  set. Times are RFC 3339 in UTC, durations are numbers of seconds, and enums are
  lower-case words such as \"established\", \"open-sent\" or \"ipv4-unicast\".

Colours:
  On a terminal only, and not if NO_COLOR is set.

Exit codes:
  0  done
  1  any other error, and a configuration with problems
  2  wrong usage, or an argument that is not valid
  3  the speaker cannot be reached, or is stopping
  4  no such peer, route, owner, drain or context
  5  not as expected: the owner's generation (--expect-generation), or a drain
     that somebody took back

Errors are written to standard error, as `error: ...`.";

pub(super) const STATUS: &str = "\
Examples:
  bellctl status
  bellctl status -o json | jq -r '.attention[]'

JSON: an object, as message GetStatusResponse, and in it
  attention  an array of the sentences about what is not as it should be";

pub(super) const PEERS: &str = "\
Columns:
  STATE       of RFC 4271: Idle, Connect, Active, OpenSent, OpenConfirm,
              Established; what an operator did to it stands after it
  UP/DOWN     for how long it has been in that state
  ADVERTISED  routes that the peer has been sent and not withdrawn since
  RECEIVED    routes that the peer has announced to us; counted, never used
  LAST ERROR  why the last session, or the last try for one, ended, and when
  -o wide adds the owner, the session's ends, hold time, families and message
  counts, and what is not advertised and why.

Examples:
  bellctl peers
  bellctl peers -o wide
  bellctl peers --watch
  bellctl peers tor1
  bellctl peers 10.0.0.254 -o json
  bellctl peers -o json |
    jq -r '.[] | select(.state != \"established\") | .peer.name'

JSON: an array of objects as message PeerState; with PEER, that object alone;
with --watch, such an array on each line.";

pub(super) const PEER_RESET: &str = "\
Examples:
  bellctl peer reset tor1
  bellctl peer reset tor1 --reason 'new line card'

JSON: an object with
  peer    as it was named
  action  \"reset\"";

pub(super) const PEER_SHUTDOWN: &str = "\
Examples:
  bellctl peer shutdown tor1 --reason 'maintenance until 04:00'
  bellctl peer enable tor1

JSON: an object with
  peer    as it was named
  action  \"shutdown\"";

pub(super) const PEER_ENABLE: &str = "\
Examples:
  bellctl peer enable tor1

JSON: an object with
  peer    as it was named
  action  \"enable\"";

pub(super) const ROUTES: &str = "\
Columns:
  OWNERS      who wants it; the attributes of the first one are in force
  ADVERTISED  established peers that have it now, of those that are to have it
  AGE         since when it has been wanted
  -o wide adds the attributes.
  With --advertised-to: NEXT HOP, AS PATH, MED, LOCAL PREF and COMMUNITIES as
  the peer was sent them.

Examples:
  bellctl routes
  bellctl routes 192.0.2.10/32
  bellctl routes --owner controller -o wide
  bellctl routes --advertised-to tor1
  bellctl routes --received-from tor1
  bellctl routes -o json | jq -r '.[].route.prefix'

JSON: an array of objects as message RouteState; with PREFIX, that object alone.
With --advertised-to, an array of objects with
  route   as message RouteState
  sent    as message SentAttributes
With --received-from, an object with
  peer             its name
  received_routes  how many
  routes           null: they are not kept";

pub(super) const EXPLAIN: &str = "\
Examples:
  bellctl explain 192.0.2.10/32
  bellctl explain 192.0.2.10/32 --peer tor1
  bellctl explain 192.0.2.10/32 -o json |
    jq -r '.peers[] | select(.advertised | not) | \"\\(.peer): \\(.detail)\"'

JSON: an object as message ExplainResponse.";

pub(super) const ANNOUNCE: &str = "\
FILE has a route on each line, its attributes after it; # begins a comment:
  192.0.2.10/32 community=64512:100,no-export med=50
  2001:db8::10/128 large-community=64512:1:2 local-pref=200 prepend=1
  192.0.2.11/32 next-hop=192.0.2.1
or it is the JSON that `bellctl routes -o json` prints, or an array of objects
as message Route. What a line does not say is as the options say. Of a long file
every 10,000 routes are a request of their own, and each is accepted whole.

Examples:
  bellctl announce 192.0.2.10/32
  bellctl announce 192.0.2.10/32 2001:db8::10/128 \\
    --community 64512:100,no-export
  bellctl announce 192.0.2.0/24 --med 50 --prepend 2
  bellctl announce --file routes.txt --dry-run
  bellctl announce 192.0.2.10/32 --owner job --lease 5m --on-expiry withdraw

JSON: an object as message ApplyResponse.";

pub(super) const WITHDRAW: &str = "\
FILE is as that of `announce`, and only its prefixes count.

Examples:
  bellctl withdraw 192.0.2.10/32
  bellctl withdraw 192.0.2.10/32 2001:db8::10/128 --owner deploy-script
  bellctl withdraw --file routes.txt --dry-run

JSON: an object as message ApplyResponse.";

pub(super) const REPLACE: &str = "\
FILE is as that of `announce`. All routes are one request of at most 4 MiB,
which is about 150,000 routes.

Examples:
  bellctl replace --file routes.txt --dry-run
  bellctl replace --file routes.txt
  bellctl routes --owner cli -o json > kept.json
  bellctl replace --file kept.json
  bellctl replace --none --owner deploy-script

JSON: an object as message ApplyResponse.";

pub(super) const OWNERS: &str = "\
Columns:
  SYNC      connected: it has a stream open
  STANDING  what has become of its routes: active; de-preferred or withdrawn, by
            a lease that ran out or by a drain
  LEASE     how long it may be silent, what happens then, and when that is
  HEARD     how long ago it was heard of last

Examples:
  bellctl owners
  bellctl owners controller -o json | jq .lease_expires

JSON: an array of objects as message OwnerState; with OWNER, that object alone.";

pub(super) const DRAIN: &str = "\
The steps are those of message DrainProgress: de-preferring, waiting,
withdrawing, closing, drained. The exit code is 0 when the last is reached.

Examples:
  bellctl drain --reason 'kernel update'
  bellctl drain --wait 2m
  bellctl drain --peer tor1
  bellctl drain --owner controller --depreference-only
  bellctl undrain

JSON: on each line an object as message DrainProgress.";

pub(super) const UNDRAIN: &str = "\
Without --owner and --peer it takes back the drain of everything, and leaves
those of single owners and peers as they are. `status` shows all drains.

Examples:
  bellctl undrain
  bellctl undrain --peer tor1

JSON: an object as message DrainTarget.";

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
         \"synced\": all that was there has been shown;
         with --resume first \"resumed\": what changed since the token follows,
         or \"snapshot\": everything follows, forget what you knew
  peer   with kind \"peer\": as message PeerState; in \"delete\" only peer.name
  route  with kind \"route\": as message RouteState; in \"delete\" only
         route.prefix
  resume_token  not null: --resume with it goes on after this event";

pub(super) const CONFIG_CHECK: &str = "\
Examples:
  bellctl config check /etc/bellwether/speaker.toml";

pub(super) const CONFIG_DIFF: &str = "\
Columns:
  EFFECT  none: nobody notices; resets the session with that peer; needs a
          restart of the speaker
  A file with problems is exit code 1, and all of the problems are named.

Examples:
  bellctl config diff
  bellctl config diff -o json |
    jq -r '.differences[] | select(.effect == \"session-reset\") | .path'

JSON: an object as message ReloadResponse.";

pub(super) const CONFIG_RELOAD: &str = "\
Columns: as `config diff`. A file with problems is exit code 1.

Examples:
  bellctl config diff
  bellctl config reload

JSON: an object as message ReloadResponse.";

pub(super) const CONTEXT: &str = "\
The contexts file is that of BELLWETHER_CONTEXTS, or
~/.config/bellwether/contexts.toml (XDG_CONFIG_HOME counts):
  current = \"node1\"

  [contexts.node1]
  address = \"https://node1.example.net:1790\"
  ca = \"ca.pem\"            # relative to the file's own folder
  cert = \"operator.pem\"
  key = \"operator.key\"

  [contexts.here]
  address = \"unix:/run/bellwether/speaker.sock\"

Examples:
  bellctl context list
  bellctl context use node1
  bellctl --context here status";

pub(super) const COMPLETION: &str = "\
Examples:
  bellctl completion bash > /etc/bash_completion.d/bellctl
  bellctl completion zsh > \"${fpath[1]}/_bellctl\"
  bellctl completion fish > ~/.config/fish/completions/bellctl.fish";

pub(super) const MAN: &str = "\
Examples:
  bellctl man | man -l -
  bellctl man /usr/local/share/man/man1";
