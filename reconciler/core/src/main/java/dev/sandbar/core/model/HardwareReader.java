package dev.sandbar.core.model;

import dev.sandbar.core.model.Permissions.DeviceNode;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.function.Function;

/** Reads entries of permissions that name hardware: by its node, or as USB names it. */
final class HardwareReader {

  private static final String DEVICE = "device";
  private static final String ACCESS = "access";
  private static final String VENDOR = "vendor";
  private static final String PRODUCT = "product";
  private static final String NUMBER = "serial";
  private static final String OPTIONAL = "optional";
  private static final List<String> NAME = List.of(VENDOR, PRODUCT, NUMBER, OPTIONAL);

  private static final SequencedMap<String, Boolean> WRITABLE =
      NodeValidator.words(List.of(false, true), writable -> writable ? "ReadWrite" : "ReadOnly");

  private final DocumentDiagnostics findings;
  private final NodeValidator expect;

  HardwareReader(DocumentDiagnostics findings) {
    this.findings = findings;
    this.expect = new NodeValidator(findings);
  }

  Optional<DeviceNode> read(Permission permission, Node node, String path) {
    if (permission == Permission.USB) {
      return named(expect.fields(node, path, NAME), HardwareLinks.USB, node, path);
    }
    if (permission != Permission.SERIAL) {
      return node(expect.fields(node, path, List.of(DEVICE, ACCESS)), false, node, path);
    }
    var fields = expect.fields(node, path, List.of(DEVICE, VENDOR, PRODUCT, NUMBER, OPTIONAL));
    boolean byName = NAME.stream().anyMatch(fields::containsKey);
    if (byName && fields.get(DEVICE) instanceof Node device) {
      findings.error(
          Problem.CONFLICT,
          device.at(),
          path + ": a serial line is named by device, or by vendor and product",
          "remove device, or vendor, product, serial and optional");
      return Optional.empty();
    }
    return byName
        ? named(fields, HardwareLinks.SERIAL, node, path)
        : node(fields, true, node, path);
  }

  private Optional<DeviceNode> named(
      Map<String, Node> fields, String folder, Node node, String path) {
    Optional<String> vendor = id(fields, VENDOR, node, path);
    Optional<String> product = id(fields, PRODUCT, node, path);
    Optional<String> serial =
        Optional.ofNullable(fields.get(NUMBER))
            .map(n -> text(n, path + "." + NUMBER, UsbDevice::serial))
            .orElse(Optional.of(""));
    Optional<Boolean> optional =
        Optional.ofNullable(fields.get(OPTIONAL))
            .map(n -> expect.flag(n, path + "." + OPTIONAL))
            .orElse(Optional.of(false));
    return vendor.flatMap(
        v ->
            product.flatMap(
                p ->
                    serial.flatMap(
                        s ->
                            optional.map(
                                o ->
                                    new DeviceNode(
                                        new UsbDevice(v, p, s).link(folder), true, !o)))));
  }

  private Optional<String> id(Map<String, Node> fields, String key, Node node, String path) {
    return expect
        .required(fields, node, path, key)
        .flatMap(n -> text(n, path + "." + key, UsbDevice::id))
        .map(text -> text.toLowerCase(Locale.ROOT));
  }

  private Optional<DeviceNode> node(
      Map<String, Node> fields, boolean serial, Node node, String path) {
    Optional<String> device =
        expect
            .required(fields, node, path, DEVICE)
            .flatMap(
                n ->
                    expect.path(n, path + "." + DEVICE).filter(t -> isAllowed(t, n, path, serial)));
    Optional<Boolean> writable =
        Optional.ofNullable(fields.get(ACCESS))
            .map(n -> expect.word(n, path + "." + ACCESS, WRITABLE))
            .orElse(Optional.of(serial));
    return device.flatMap(d -> writable.map(w -> new DeviceNode(d, w)));
  }

  private boolean isAllowed(String device, Node node, String path, boolean serial) {
    Optional<Objection> objection = DeviceRules.objection(device, serial);
    objection.ifPresent(o -> refused(o, device, node, path + "." + DEVICE));
    return objection.isEmpty();
  }

  private Optional<String> text(
      Node node, String path, Function<String, Optional<Objection>> rule) {
    Optional<String> text = expect.text(node, path);
    Optional<Objection> objection = text.flatMap(rule);
    objection.ifPresent(o -> refused(o, text.orElse(""), node, path));
    return objection.isEmpty() ? text : Optional.empty();
  }

  private void refused(Objection objection, String value, Node node, String path) {
    findings.error(
        objection.problem(),
        node.at(),
        "%s: %s %s".formatted(path, NodeValidator.shown(value), objection.why()),
        objection.help());
  }
}
