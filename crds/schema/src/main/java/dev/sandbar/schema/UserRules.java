package dev.sandbar.schema;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sandbar.core.model.AppUser;
import dev.sandbar.core.model.SpecBounds;
import dev.sandbar.crds.v1alpha1.AppSandboxUser;
import java.util.Map;

/** The schema and the rules of the admission policy for {@code run.user}. */
final class UserRules {

  private static final String USER = "(" + PolicyFacts.orEmpty("object.spec.run.user", "{}") + ")";

  private UserRules() {}

  static void shape(ObjectNode user) {
    ObjectNode name = SchemaParts.object(user.at("/properties/name"));
    name.put("maxLength", SpecBounds.LONGEST_NAME);
    SchemaParts.rule(
        name,
        "%s && !(self in %s)"
            .formatted(
                Cel.matches("self", "^(%s)$".formatted(AppUser.NAMES)),
                Cel.list(AppUser.reserved())),
        "not the name of a user that an app can be: " + AppUser.NAME_HELP);
    ObjectNode home = SchemaParts.object(user.at("/properties/home"));
    SchemaParts.path(home);
    SchemaParts.rule(
        home,
        Cel.matches("self", "^(%s)$".formatted(AppUser.HOMES)),
        "this cannot stand in passwd(5): " + AppUser.HOME_HELP);
  }

  static void add(Map<String, String> rules) {
    PolicyRules.unknownAt(rules, "user", "spec.run.user", USER, AppSandboxUser.class);
    rules.put(
        "userInOpenMode",
        "has(object.spec.run.user) && !variables.closed ? ['run.user names the user of a closed app,"
            + " and an app in open mode is root: remove run.user, or use mode: Closed'] : []");
    rules.put(
        "userVariables",
        ("!has(object.spec.run.user) || !has(object.spec.run.environment) ? [] : %s.filter(v, v in"
                + " object.spec.run.environment).map(v, 'run.environment.' + v + ' and run.user both"
                + " set the variable: remove it from run.environment')")
            .formatted(Cel.list(AppUser.VARIABLES)));
  }
}
