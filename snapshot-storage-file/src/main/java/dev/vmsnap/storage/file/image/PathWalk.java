package dev.vmsnap.storage.file.image;

/**
 * The part of a script on a node that enters the directory of a file. It goes down name by name, and from then on the script
 * names the file inside the directory that it is in, whatever others rename meanwhile. A symbolic link is followed only where
 * nobody but root and the user of the script can have made it. The text is that of the KVM driver, which no storage
 * driver sees; a test compares the two.
 *
 * <p>Immutable and thread-safe.
 */
public final class PathWalk {
    /** The exit code if a path is refused. */
    public static final int REFUSED = 116;

    /** The exit code if a directory on the way is missing. */
    public static final int NONE = 117;

    /**
     * Defines {@code walk PATH [make]}, which sets {@code name} and may make the last directory, and {@code refuse REASON}.
     */
    public static final String SCRIPT = """
            umask 077
            me=$(id -u) || exit
            refuse() { printf '%s\\n' "$1" >&2; exit 116; }
            proved() {
                set -- $(stat -c '%u %a' .) $(stat -c %u -- "./$1")
                [ "$1" = 0 ] || [ "$1" = "$me" ] || return 1
                [ "$3" = 0 ] || [ "$3" = "$me" ] || return 1
                case $2 in 1???) ;; *[2367]? | *[2367]) return 1 ;; esac
            }
            enter() {
                [ -x "./$1" ] || { echo "$(pwd -P)/$1: Permission denied" >&2; exit 1; }
                # The kernel mounts what is mounted on demand.
                [ -d "./$1/." ]
                was=$(stat -c %d:%i -- "./$1") && cd -P -- "./$1" || exit
                [ "$(stat -c %d:%i .)" = "$was" ] || refuse "$path was replaced while it was opened"
                case $1 in
                    .vmsnap*)
                        [ -O . ] || refuse "$(pwd -P) belongs to somebody else: remove it"
                        case $(stat -c %a .) in *[2367]? | *[2367]) refuse "$(pwd -P) may be written to by others: remove it" ;; esac ;;
                esac
            }
            walk() {
                path=$1 rest=$1 links=0
                cd -P / || exit
                while :; do
                    part=${rest%%/*}
                    case $rest in */*) rest=${rest#*/} last= ;; *) rest= last=yes ;; esac
                    case $part in
                        '' | .) [ -z "$last" ] || refuse "$path is no file"; continue ;;
                        ..) [ -z "$last" ] || refuse "$path is no file"; cd -P .. || exit; continue ;;
                    esac
                    if [ -L "./$part" ]; then
                        case $part in .vmsnap) refuse "$(pwd -P)/$part is a symbolic link: remove it" ;; esac
                        links=$((links + 1))
                        [ $links -le 40 ] || refuse "too many symbolic links on the way to $path"
                        proved "$part" || refuse "$(pwd -P)/$part is a symbolic link that others may have made: remove it"
                        target=$(readlink -n -- "./$part" && echo x) || exit
                        target=${target%x}
                        [ -n "$last" ] && rest=$target || rest=$target/$rest
                        case $rest in /*) cd -P / || exit ;; esac
                        continue
                    fi
                    if [ -n "$last" ]; then
                        name=$part
                        return
                    fi
                    if [ ! -e "./$part" ]; then
                        case $2-$rest in make-*/*) ;; make-?*) mkdir -- "./$part" && sync -- . || exit ;; esac
                    fi
                    if [ ! -e "./$part" ]; then
                        echo 'No such file or directory' >&2
                        exit 117
                    fi
                    [ -d "./$part" ] || { echo "$(pwd -P)/$part: Not a directory" >&2; exit 117; }
                    enter "$part"
                done
            }
            """;

    private PathWalk() {}
}
