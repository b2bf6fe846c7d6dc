package dev.sandbar.core.plan;

import dev.sandbar.core.compile.CompiledApp;
import dev.sandbar.core.property.Value;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;

/**
 * Variables that make programs load code of somebody else, and that the manager gives to every
 * service that it starts ({@code systemctl set-environment}, DefaultEnvironment= of
 * systemd-system.conf(5)).
 */
final class ManagerVariables {

  /** Of the loader of programs (ld.so(8)). */
  private static final String LOADER = "LD_";

  /** Of interpreters and run-times that many apps are written for. */
  private static final Set<String> INTERPRETERS =
      Set.of(
          "GCONV_PATH",
          "GLIBC_TUNABLES",
          "BASH_ENV",
          "ENV",
          "PERL5LIB",
          "PERL5OPT",
          "PYTHONHOME",
          "PYTHONPATH",
          "PYTHONSTARTUP",
          "RUBYLIB",
          "RUBYOPT",
          "NODE_OPTIONS",
          "NODE_PATH",
          "JAVA_TOOL_OPTIONS",
          "JDK_JAVA_OPTIONS",
          "OPENSSL_CONF",
          "OPENSSL_MODULES");

  private ManagerVariables() {}

  /** What the app's own environment sets wins over what the manager gives (systemd.exec(5)). */
  static void compare(CompiledApp desired, Observation seen, List<Difference> out) {
    var own =
        desired.effective().get("Environment") instanceof Value.Keyed(var entries)
            ? entries
            : new TreeMap<String, String>();
    for (String name : seen.managerVariables()) {
      if ((name.startsWith(LOADER) || INTERPRETERS.contains(name)) && !own.containsKey(name)) {
        out.add(
            new Difference(
                desired.unit(),
                new Subject.ManagerVariable(name),
                "(not set)",
                "set for every service that systemd starts; Sandbar does not change it: run"
                    + " 'systemctl unset-environment "
                    + name
                    + "' and remove it from DefaultEnvironment= in system.conf"));
      }
    }
  }
}
