# SPDX-License-Identifier: Apache-2.0
# Completion of hardenctl for fish; hardenctl itself says what may come next.
function __hardenctl_complete
    set -l words (commandline -opc)
    set -l last (commandline -ct)
    set -l lines ($words[1] complete -- $words[2..-1] $last 2>/dev/null)
    switch "$lines[1]"
        case ':file'
            __fish_complete_path (string replace -r '^--[^=]*=' '' -- $last)
        case ':dir'
            __fish_complete_directories (string replace -r '^--[^=]*=' '' -- $last)
        case '*'
            string join \n -- $lines
    end
end
complete -c hardenctl -f -a '(__hardenctl_complete)'
