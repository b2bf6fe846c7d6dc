package dev.sandbar.cli;

import dev.sandbar.core.model.Permission;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import picocli.AutoComplete;
import picocli.CommandLine;

/** The completion script for bash: commands and options, and names that only a device knows. */
final class BashCompletion {
  private static final String ENTRY = "complete -F _complete_sandbar -o default";

  /** Values of an option or argument; the generator writes constants as the code names them. */
  private static final Pattern WORDS = Pattern.compile("_args=\\((\"[A-Z]+\" ?)++\\)");

  private static final String NAMES =
      """

      # Names that only the device or the cluster knows. Where nothing else fits, files are offered.
      function _sandbar_names() {
        local cur=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]} words='' names='' i
        _complete_sandbar
        [[ $cur == -* ]] && return
        for ((i = 1; i < COMP_CWORD; i++)); do
          [[ ${COMP_WORDS[i]} == -* ]] || words+="${COMP_WORDS[i]} "
        done
        case $before in
          --device)
            case $words in
              'fleet '*) names=$(sandbar fleet status -o name 2>/dev/null | sed -n 's|^device.sandbar.dev/||p') ;;
              *) names=$(sandbar device list -o name 2>/dev/null) ;;
            esac
            ;;
          -y | --yes | -w | --watch | -A | --all-namespaces | [!-]*)
            case $words in
              'status ' | 'drift ' | 'drift accept ' | 'attest ' | 'probe ' | 'why ' | 'logs ' | 'events ' | \\
                'reconcile ' | 'suspend ' | 'resume ' | 'hold ' | 'release ' | 'delete ')
                names=$(sandbar status -o name 2>/dev/null)
                ;;
              'explain ' | 'fleet permissions ') names='@permissions@' ;;
              'fleet status '* | 'fleet drift '* | 'fleet attest '* | 'fleet explain '* | 'fleet trace '* | \\
                'fleet logs '* | 'fleet events '* | 'fleet history '* | 'fleet approve '* | 'fleet decommission '* | \\
                'fleet suspend '* | 'fleet resume '* | 'fleet hold '* | 'fleet release '*)
                names=$(sandbar fleet status -o name 2>/dev/null)
                ;;
            esac
            ;;
        esac
        COMPREPLY+=($(compgen -W "$names" -- "$cur"))
      }
      """;

  private BashCompletion() {}

  static String of(CommandLine commands) {
    String script = AutoComplete.bash("sandbar", commands);
    String written =
        WORDS
            .matcher(script)
            .replaceAll(it -> Matcher.quoteReplacement(it.group().toLowerCase(Locale.ROOT)));
    int end = written.lastIndexOf(ENTRY);
    if (end < 0) {
      throw new IllegalStateException("the generator of completion scripts ends them otherwise");
    }
    String permissions =
        Stream.of(Permission.values()).map(Permission::key).collect(Collectors.joining(" "));
    return written.substring(0, end)
        + NAMES.replace("@permissions@", permissions)
        + written.substring(end).replace("_complete_sandbar", "_sandbar_names");
  }
}
