package dev.sandbar.cli.document;

import dev.sandbar.core.bind.BindingException;
import dev.sandbar.core.bind.NodeBinder;
import dev.sandbar.core.bundle.FactsNode;
import dev.sandbar.core.compile.DeviceFacts;
import dev.sandbar.core.model.Node;
import dev.sandbar.core.model.SpecReader;
import dev.sandbar.core.model.UnitName;
import dev.sandbar.core.plan.Observation;
import dev.sandbar.core.plan.ObservedUnit;
import dev.sandbar.core.plan.PluggedHardware;
import dev.sandbar.core.plan.StoredImage;
import dev.sandbar.core.property.Effective.Setting;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A device as it was seen at one moment: what it is, and what runs on it.
 *
 * @param takenAt the moment
 */
public record ObservationDocument(Instant takenAt, DeviceFacts facts, Observation observation) {
  private static final String KIND = "DeviceObservation";

  /** The document. */
  public Node write() {
    var units = new TreeMap<UnitName, UnitDocument>();
    observation.units().forEach((name, unit) -> units.put(name, UnitDocument.of(unit)));
    return NodeBinder.write(
        new Saved(
            SpecReader.API_VERSION,
            KIND,
            takenAt,
            FactsNode.toNode(facts),
            units,
            each(observation.images(), StoredImage::path),
            each(observation.images(), StoredImage::rootHash),
            observation.files(),
            services(observation),
            observation.plugged().units()));
  }

  private static SortedMap<UnitName, Service> services(Observation observation) {
    var services = new TreeMap<UnitName, Service>();
    observation.services().forEach((unit, settings) -> services.put(unit, new Service(settings)));
    return services;
  }

  private static SortedMap<String, String> each(
      SortedMap<String, StoredImage> images, Function<StoredImage, String> part) {
    var parts = new TreeMap<String, String>();
    images.forEach((digest, image) -> parts.put(digest, part.apply(image)));
    return parts;
  }

  /** One that an earlier release saved has no root hashes. */
  private static SortedMap<String, StoredImage> images(Saved saved) {
    SortedMap<String, String> hashes =
        Objects.requireNonNullElseGet(saved.rootHashes(), TreeMap::new);
    var images = new TreeMap<String, StoredImage>();
    saved
        .images()
        .forEach(
            (digest, path) ->
                images.put(digest, new StoredImage(path, hashes.getOrDefault(digest, ""))));
    return images;
  }

  private record Service(List<Setting> settings) {}

  private record Saved(
      String apiVersion,
      String kind,
      Instant takenAt,
      Node facts,
      SortedMap<UnitName, UnitDocument> units,
      SortedMap<String, String> images,
      @Nullable SortedMap<String, String> rootHashes,
      @Nullable SortedMap<String, Boolean> files,
      @Nullable SortedMap<UnitName, Service> services,
      @Nullable SortedSet<UnitName> plugged) {}

  /**
   * Reads a saved observation.
   *
   * @throws DocumentException if it is something else
   */
  public static ObservationDocument read(Node document) {
    if (!Envelope.kind(document).equals(KIND)) {
      throw Fields.wrong(
          document.at(),
          "this is no saved observation (make one with: sandbar observe --out FILE)");
    }
    try {
      Saved saved = NodeBinder.read(Saved.class, document);
      var units = new TreeMap<UnitName, ObservedUnit>();
      saved.units().forEach((name, unit) -> units.put(name, unit.unit(name)));
      var services = new TreeMap<UnitName, List<Setting>>();
      Objects.requireNonNullElseGet(saved.services(), TreeMap<UnitName, Service>::new)
          .forEach((name, service) -> services.put(name, service.settings()));
      return new ObservationDocument(
          saved.takenAt(),
          FactsDocument.read(saved.facts()),
          new Observation(
              units,
              images(saved),
              Objects.requireNonNullElseGet(saved.files(), TreeMap::new),
              new TreeSet<>(),
              services,
              new PluggedHardware(Objects.requireNonNullElseGet(saved.plugged(), TreeSet::new))));
    } catch (BindingException e) {
      throw new DocumentException(e.getMessage());
    }
  }

  /**
   * Reads the facts of a saved observation or of saved facts.
   *
   * @throws DocumentException if it is something else
   */
  public static DeviceFacts readFacts(Node document) {
    return switch (Envelope.kind(document)) {
      case KIND -> FactsDocument.read(Fields.of(document).get("facts"));
      case FactsDocument.KIND -> FactsDocument.read(document);
      default ->
          throw Fields.wrong(
              document.at(),
              "these are no saved facts (make them with: sandbar facts -o json > FILE)");
    };
  }
}
