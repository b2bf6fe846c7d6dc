package dev.sandbar.cli;

import dev.sandbar.cli.document.MappingBuilder;
import dev.sandbar.core.compile.CompiledApp;
import dev.sandbar.core.compile.KernelExpectation;
import dev.sandbar.core.compile.KernelExpectation.CgroupProgram;
import dev.sandbar.core.model.Location;
import dev.sandbar.core.model.Node;
import dev.sandbar.core.property.Value;

/** A compiled app as a document. */
final class CompiledDocument {
  private CompiledDocument() {}

  static Node write(CompiledApp app) {
    var effective = new MappingBuilder();
    app.effective().forEach((name, value) -> effective.put(name, value(value)));
    return new MappingBuilder()
        .put("app", app.spec().name().value())
        .put("unit", app.unit().value())
        .put("generation", app.generation().hex())
        .put("text", app.text())
        .put("directives", directives(app))
        .put("effective", effective.build())
        .put("kernel", kernel(app.kernel()))
        .build();
  }

  static Node directives(CompiledApp app) {
    return Node.list(
        app.directives().stream()
            .map(
                d ->
                    new MappingBuilder()
                        .put("section", d.section())
                        .put("name", d.name())
                        .put("value", d.value())
                        .put("because", RawText.because(app.spec(), d))
                        .build())
            .toList());
  }

  private static Node kernel(KernelExpectation kernel) {
    return new MappingBuilder()
        .put("noNewPrivileges", kernel.noNewPrivileges())
        .put("seccompFilter", kernel.seccompFilter())
        .put("capabilities", "0x" + Long.toHexString(kernel.capabilities()))
        .put("unprivilegedUser", kernel.unprivilegedUser())
        .texts("ownNamespaces", kernel.ownNamespaces())
        .texts("cgroupPrograms", kernel.cgroupPrograms().stream().map(CgroupProgram::name).toList())
        .build();
  }

  private static Node value(Value value) {
    return switch (value) {
      case Value.Flag(var on) -> Node.flag(on);
      case Value.Text(var text) -> Node.text(text);
      case Value.Amount(var bits) ->
          bits == -1
              ? Node.text("infinity")
              : new Node.Scalar(Location.NOWHERE, Node.Kind.INTEGER, Long.toUnsignedString(bits));
      case Value.Items(var items) -> Node.list(items.stream().map(Node::text).toList());
      case Value.Names(var names) -> Node.list(names.stream().map(Node::text).toList());
      case Value.Filter(var allow, var names) ->
          new MappingBuilder().texts(allow ? "only" : "allBut", names).build();
      case Value.Keyed(var entries) -> {
        var map = new MappingBuilder();
        entries.forEach(map::put);
        yield map.build();
      }
    };
  }
}
