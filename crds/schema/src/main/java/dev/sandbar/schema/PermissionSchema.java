package dev.sandbar.schema;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sandbar.core.catalog.PermissionCatalog;
import dev.sandbar.core.model.BusName;
import dev.sandbar.core.model.HostNames;
import dev.sandbar.core.model.Permission;
import dev.sandbar.core.model.SpecBounds;
import dev.sandbar.core.model.UsbDevice;
import java.util.ArrayList;
import java.util.List;

/**
 * The schema of {@code permissions}, from the permission catalogue. A permission that takes a list
 * may be {@code false} too: a schema has no word for that, so its value has no type, and the
 * admission policy says what the schema cannot.
 */
final class PermissionSchema {

  private PermissionSchema() {}

  /** Fields of one entry of a list, by shape. */
  static List<String> fields(Permission permission) {
    return switch (permission.shape()) {
      case TOGGLE, DIRECTORY, NAMESPACE, APPS, BUS_NAMES, MODULES, UNITS -> List.of();
      case DESTINATIONS -> List.of("cidr", "host", "ports");
      case PORTS -> List.of("name", "port", "endPort", "protocol", "via", "from");
      case VOLUMES -> List.of("source", "mountPath", "access");
      case SETTINGS -> List.of("name", "value");
      case DEVICES -> hardwareFields(permission);
    };
  }

  private static List<String> hardwareFields(Permission permission) {
    if (permission == Permission.DEVICES) {
      return List.of("device", "access");
    }
    var fields = new ArrayList<>(List.of("vendor", "product", "serial", "optional"));
    if (permission == Permission.SERIAL) {
      fields.addFirst("device");
    }
    return fields;
  }

  static void write(ObjectNode permissions) {
    permissions.put("type", "object");
    ObjectNode properties = permissions.putObject("properties");
    PermissionCatalog.all()
        .forEach(
            (permission, entry) -> properties.set(permission.key(), schema(permission, entry)));
  }

  private static ObjectNode schema(Permission permission, PermissionCatalog.Entry entry) {
    ObjectNode schema = JsonNodeFactory.instance.objectNode();
    // The API server drops a null that a schema does not allow, and with it what was meant.
    schema.put("nullable", true);
    schema.put(
        "description",
        "%s. Granted: %s Withheld: %s For example %s"
            .formatted(
                entry.title(),
                lower(entry.opens()),
                lower(entry.withheld()),
                permission.example()));
    if (permission.shape() == Permission.Shape.TOGGLE) {
      return schema.put("type", "boolean");
    }
    schema.put("x-kubernetes-preserve-unknown-fields", true);
    schema.put("maxLength", SpecBounds.LONGEST_NAME);
    if (permission.shape() == Permission.Shape.DIRECTORY) {
      schema.put("maxProperties", 1);
      ObjectNode fields = schema.putObject("properties");
      fields.set(
          "quota",
          string(
              SpecBounds.LONGEST_NAME,
              "How much the directory may hold, from 64K to 999999T such as 100M, on devices whose"
                  + " file system has project quotas."));
      return schema;
    }
    if (permission.shape() == Permission.Shape.BUS_NAMES) {
      schema.put("maxProperties", SpecBounds.MOST_ITEMS);
      ObjectNode fields = schema.putObject("properties");
      busNames(fields, "talk", "Names of services that the app calls, such as org.bluez.");
      busNames(fields, "own", "Names that the app itself has as a service.");
      return schema;
    }
    if (permission.shape() == Permission.Shape.NAMESPACE) {
      return schema;
    }
    schema.put("maxItems", SpecBounds.MOST_ITEMS);
    if (permission.shape() == Permission.Shape.APPS) {
      ObjectNode name = string(SpecBounds.LONGEST_NAME, "The name of an app of the same device.");
      schema.set("items", name);
      return schema;
    }
    if (permission.shape() == Permission.Shape.MODULES) {
      schema.set(
          "items", string(SpecBounds.LONGEST_NAME, "The name of a module, as lsmod shows it."));
      return schema;
    }
    if (permission.shape() == Permission.Shape.UNITS) {
      schema.set(
          "items",
          string(
              SpecBounds.LONGEST_NAME,
              "The whole name of a service of the device; that of app pump is"
                  + " sandbar-pump.service."));
      return schema;
    }
    ObjectNode item = schema.putObject("items");
    item.put("type", "object");
    item.put("x-kubernetes-preserve-unknown-fields", true);
    ObjectNode properties = item.putObject("properties");
    for (String field : fields(permission)) {
      properties.set(
          field,
          permission.shape() == Permission.Shape.SETTINGS
              ? KernelSettingRules.field(field)
              : field(permission, field));
    }
    var required = item.putArray("required");
    switch (permission.shape()) {
      // A destination is named in one of two ways: the admission policy says so.
      case TOGGLE, DIRECTORY, NAMESPACE, APPS, BUS_NAMES, DESTINATIONS, MODULES, UNITS -> {}
      case PORTS -> required.add("port");
      case VOLUMES -> required.add("mountPath").add("source");
      case SETTINGS -> required.add("name").add("value");
      case DEVICES -> requiredOfHardware(permission).forEach(required::add);
    }
    if (required.isEmpty()) {
      item.remove("required");
    }
    return schema;
  }

  private static void busNames(ObjectNode fields, String field, String description) {
    ObjectNode names = fields.putObject(field);
    names.put("description", description);
    names.put("type", "array");
    names.put("maxItems", SpecBounds.MOST_ITEMS);
    names.set("items", string(BusName.LONGEST, "The whole name of a service."));
  }

  /** A serial line is named in one of two ways: the admission policy says so. */
  private static List<String> requiredOfHardware(Permission permission) {
    if (permission == Permission.DEVICES) {
      return List.of("device");
    }
    return permission == Permission.USB ? List.of("product", "vendor") : List.of();
  }

  private static ObjectNode field(Permission permission, String name) {
    return switch (name) {
      case "cidr" ->
          string(
              SpecBounds.LONGEST_PREFIX,
              "An address or a prefix, IPv4 or IPv6, such as 203.0.113.0/24.");
      case "host" ->
          string(
              HostNames.LONGEST,
              "The whole name of a host, such as mqtt.example.com, in the place of cidr. Each"
                  + " device resolves it for itself and opens its addresses, as far as they are of"
                  + " the internet.");
      case "ports" -> destinationPorts();
      case "from" -> from();
      case "name" ->
          string(SpecBounds.LONGEST_TEXT, "A human-readable name, unique for each port.");
      case "port" ->
          number(
              0,
              "The number of the port, or the first of a range. 0 is a port that the kernel picks,"
                  + " as clients of UDP use, and allows every port from 1024 up.");
      case "endPort" -> number(1, "The last port of a range that begins at port.");
      case "protocol" -> words("The protocol; TCP if omitted.", "TCP", "UDP");
      case "via" ->
          words(
              "How the port is opened; Direct if omitted. Direct: by the app itself. Socket: by"
                  + " systemd, which gives the app the listening socket, so that it needs no"
                  + " network; from is required.",
              "Direct",
              "Socket");
      case "source" ->
          string(
              SpecBounds.LONGEST_NAME,
              "The name of a volume in the configuration of the device, not a path.");
      case "mountPath" ->
          string(
              SpecBounds.LONGEST_TEXT,
              "The absolute path at which the app sees the volume, such as /data.");
      case "access" -> words("The access mode; ReadOnly if omitted.", "ReadOnly", "ReadWrite");
      case "device" ->
          string(
              SpecBounds.LONGEST_TEXT,
              permission == Permission.SERIAL
                  ? "The serial line, such as /dev/ttyUSB0 or a link below /dev/serial/by-id."
                  : "The device node, such as /dev/video0.");
      case "vendor" ->
          string(4, "The vendor of the USB device, four hexadecimal digits in quotes: \"0403\".");
      case "product" ->
          string(4, "The product of the USB device, four hexadecimal digits in quotes: \"6001\".");
      case "serial" ->
          string(
              UsbDevice.LONGEST_SERIAL,
              "The serial number of the USB device, ID_USB_SERIAL_SHORT of udev; any if omitted.");
      case "optional" ->
          JsonNodeFactory.instance
              .objectNode()
              .put(
                  "description",
                  "Whether the app runs without it too. If not, it starts when the hardware is"
                      + " plugged in and stops when that is pulled out.")
              .put("type", "boolean");
      default -> throw new IllegalArgumentException(name);
    };
  }

  /** A word or a list, which a schema has no type for: the admission policy says the rest. */
  private static ObjectNode from() {
    ObjectNode schema = JsonNodeFactory.instance.objectNode();
    schema.put(
        "description",
        "Who may connect: Anywhere, LocalNetwork, ThisDevice, or a list of prefixes such as"
            + " [192.168.1.0/24]; whom the app may reach if omitted. The IP filter has no"
            + " direction, so in the network of the device it is refused where the app may reach"
            + " others; with network: Own it holds.");
    schema.put("x-kubernetes-preserve-unknown-fields", true);
    schema.put("maxLength", SpecBounds.LONGEST_NAME);
    schema.put("maxItems", SpecBounds.MOST_ITEMS);
    schema.set("items", string(SpecBounds.LONGEST_PREFIX, "An address or a prefix."));
    return schema;
  }

  private static ObjectNode destinationPorts() {
    ObjectNode schema = JsonNodeFactory.instance.objectNode();
    schema.put(
        "description",
        "The ports that the app may connect to there, with network: Own; all, and every other"
            + " protocol, if omitted. All hosts have the same ports. Where a prefix with ports"
            + " holds an address of a host, the ports of the prefix count.");
    schema.put("type", "array");
    schema.put("minItems", 1);
    schema.put("maxItems", SpecBounds.MOST_DESTINATION_PORTS);
    ObjectNode item = schema.putObject("items");
    item.put("type", "object");
    item.put("x-kubernetes-preserve-unknown-fields", true);
    ObjectNode properties = item.putObject("properties");
    properties.set("port", number(1, "The number of the port, or the first of a range."));
    properties.set("endPort", number(1, "The last port of a range that begins at port."));
    properties.set("protocol", words("The protocol; TCP if omitted.", "TCP", "UDP"));
    item.putArray("required").add("port");
    return schema;
  }

  private static ObjectNode number(int least, String description) {
    return JsonNodeFactory.instance
        .objectNode()
        .put("description", description)
        .put("type", "integer")
        .put("format", "int32")
        .put("minimum", least)
        .put("maximum", 65_535);
  }

  private static ObjectNode string(int most, String description) {
    return JsonNodeFactory.instance
        .objectNode()
        .put("description", description)
        .put("type", "string")
        .put("maxLength", most);
  }

  private static ObjectNode words(String description, String... words) {
    ObjectNode schema =
        JsonNodeFactory.instance.objectNode().put("description", description).put("type", "string");
    var all = schema.putArray("enum");
    for (String word : words) {
      all.add(word);
    }
    return schema;
  }

  private static String lower(String sentence) {
    return Character.toLowerCase(sentence.charAt(0)) + sentence.substring(1);
  }
}
