# Finds a compiler for the machines without an operating system, and emulators for them. To be sourced,
# in this directory; `skip` ends the script with one line where something cannot be had.
#
# With rustup, the targets suffice: `rustup target add "${targets[@]}"`. Without them the standard
# library is built from its source: rustup's component `rust-src` of a nightly, or Debian's package.
# Whatever is fetched is unpacked below `target/platforms`, and nothing is installed.

bare=(thumbv7em-none-eabihf thumbv6m-none-eabi riscv32imc-unknown-none-elf)
wasm=wasm32-unknown-unknown
work=$PWD/../../target/platforms

skip() { echo "platforms: skipped: $1"; exit 0; }

# debian PACKAGE...: downloads and unpacks packages of sid into `$work/PACKAGE`.
debian() {
    local mirror package options
    mirror=$(sed -n 's/^URIs: *//p' /etc/apt/sources.list.d/debian.sources 2>/dev/null | head -n 1)
    [[ -n $mirror ]] || return 1
    options=(-qq -o Dir::Etc::sourcelist="$work/apt/sources.list" -o Dir::Etc::sourceparts=/dev/null
        -o Dir::State="$work/apt/state" -o Dir::State::status=/dev/null -o Dir::Cache="$work/apt/cache"
        # Mirrors may lag; signatures are checked all the same.
        -o Acquire::Check-Valid-Until=false)
    ((EUID != 0)) || options+=(-o APT::Sandbox::User=root)
    for package; do
        [[ ! -d $work/$package ]] || continue
        if [[ ! -e $work/apt/updated ]]; then
            mkdir -p "$work"/apt/{state/lists/partial,cache/archives/partial}
            echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $mirror sid main" \
                >"$work/apt/sources.list"
            timeout 300 apt-get "${options[@]}" update || return
            touch "$work/apt/updated"
        fi
        (cd "$work/apt" && timeout 300 apt-get "${options[@]}" download "$package") || return
        rm -rf "$work/$package.part"
        dpkg-deb -x "$work/apt/$package"_*.deb "$work/$package.part" || return
        rm "$work/apt/$package"_*.deb
        mv "$work/$package.part" "$work/$package"
    done
}

# Has `cargo` be a nightly with the source of the standard library.
find_nightly() {
    local source version sysroot
    version=$(rustc +nightly --version 2>/dev/null | sed -E 's/^rustc ([0-9]+\.[0-9]+).*/\1/')
    [[ -n $version ]] || skip "there is no nightly, which could build the standard library"
    export RUSTUP_TOOLCHAIN=nightly
    sysroot=$(rustc --print sysroot)
    [[ ! -d $sysroot/lib/rustlib/src/rust/library ]] || return 0

    debian rust-src || skip "the source of the standard library cannot be had"
    source=$(echo "$work"/rust-src/usr/src/rustc-*)
    [[ $source == */rustc-$version.* ]] ||
        skip "the source of the standard library is ${source##*/}, and the nightly is $version"
    if [[ ! -d $work/toolchain ]]; then
        rm -rf "$work/toolchain.part"
        # Of hard links, where they are possible: rustup's own stays as it is.
        cp -al "$sysroot" "$work/toolchain.part" 2>/dev/null || cp -a "$sysroot" "$work/toolchain.part"
        mkdir -p "$work/toolchain.part/lib/rustlib/src"
        ln -s "$source" "$work/toolchain.part/lib/rustlib/src/rust"
        mv "$work/toolchain.part" "$work/toolchain"
    fi
    export PATH=$work/toolchain/bin:$PATH
}

# Sets `build` to the command that builds, and `std_of_bare` and `std_of_wasm` to what has it build the
# standard library as well.
find_compiler() {
    local installed target
    build=(cargo build --quiet --locked)
    std_of_bare=() std_of_wasm=()
    installed=" $(rustup target list --installed 2>/dev/null | tr '\n' ' ') "
    for target in "${bare[@]}" "$wasm"; do
        if [[ $installed != *" $target "* ]]; then
            find_nightly
            std_of_bare=(-Z build-std=core,alloc) std_of_wasm=(-Z build-std=std,panic_abort)
            return
        fi
    done
}

# Sets `emulator_of` for each of the bare targets, or leaves it empty.
declare -A emulator_of=()
find_emulators() {
    local arm=qemu-arm riscv=qemu-riscv32
    # Those of Debian 12 stop at once for these processors.
    if ! qemu_is_new "$arm" || ! qemu_is_new "$riscv"; then
        debian qemu-user || return 0
        arm=$work/qemu-user/usr/bin/qemu-arm riscv=$work/qemu-user/usr/bin/qemu-riscv32
        qemu_is_new "$arm" && qemu_is_new "$riscv" || return 0
    fi
    emulator_of=(
        [thumbv7em-none-eabihf]="$arm -cpu cortex-m4"
        [thumbv6m-none-eabi]="$arm -cpu cortex-m0"
        [riscv32imc-unknown-none-elf]=$riscv
    )
}

qemu_is_new() {
    local major
    major=$("$1" --version 2>/dev/null | sed -nE 's/.*version ([0-9]+).*/\1/p')
    ((${major:-0} >= 8))
}

programs=(nothing frame connection server client)

# build_bare FEATURES PROGRAM...: for all bare targets, into `$work/bare`.
build_bare() {
    "${build[@]}" "${std_of_bare[@]}" --manifest-path ../no_std/Cargo.toml --profile small \
        --target-dir "$work/bare" --features "$1" "${bare[@]/#/--target=}" "${@:2}"
}

# program_of TARGET NAME: where it is.
program_of() { echo "$work/bare/$1/small/$2"; }
