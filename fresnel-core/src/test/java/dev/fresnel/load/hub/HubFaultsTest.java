package dev.fresnel.load.hub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.fresnel.load.hub.HubException.Reason;
import dev.fresnel.load.hub.RawServer.Answer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.Arrays;
import java.util.function.UnaryOperator;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A hub that drops connections, stalls, truncates and sends wrong data: the next attempt, or the
 * next call, ends with the right bytes.
 */
class HubFaultsTest {
  private static final String FILE = "model.safetensors";
  private static final byte[] WEIGHTS = HubFixture.bytes(400_000);
  private static final byte[] OTHER = Arrays.copyOf(HubFixture.bytes(400_001), 400_000);

  /** What git prints for the two letters ab. */
  private static final String AB = "9ae9e86b7bd6cb1472d9373702d8249973da0832";

  private static final String ETAG = FakeHub.hex("SHA-256", WEIGHTS);

  @TempDir private Path home;
  private HubFixture hub;

  @BeforeEach
  void aModel() {
    hub = new HubFixture(home);
    hub.model().small("config.json", "{}").large(FILE, WEIGHTS);
  }

  @AfterEach
  void close() {
    hub.close();
  }

  private void fetched() throws IOException {
    assertThat(hub.snapshot().need(FILE)).hasBinaryContent(WEIGHTS);
    assertThat(HubFixture.tree(hub.folder().resolve("blobs"))).containsExactly(ETAG);
  }

  private void fails(ThrowingCallable call, Reason reason, String... words) {
    assertThatThrownBy(call)
        .isInstanceOfSatisfying(HubException.class, e -> assertThat(e.reason()).isEqualTo(reason))
        .satisfies(e -> assertThat(e.getMessage()).contains(words));
    assertThat(hub.folder().resolve("blobs").resolve(ETAG)).doesNotExist();
    assertThat(hub.folder().resolve("snapshots").resolve(hub.model().commit()).resolve(FILE))
        .doesNotExist();
  }

  private String range(int request) {
    return hub.server.data.requests().get(request).header("Range");
  }

  private Path partial() {
    return hub.folder().resolve("blobs").resolve(ETAG + ".fresnel.incomplete");
  }

  private void leave(byte[] beginning) throws IOException {
    Files.createDirectories(partial().getParent());
    Files.write(partial(), beginning);
  }

  @Test
  void aDroppedConnectionIsGoneOnWith() throws IOException {
    hub.server.data.next(answer -> answer.cutAfter(150_000), answer -> answer.cutAfter(1));
    fetched();
    assertThat(range(0)).isEmpty();
    assertThat(range(1)).isEqualTo("bytes=150000-");
    assertThat(range(2)).isEqualTo("bytes=150001-");
    assertThat(hub.pauses)
        .as("a byte is no progress")
        .containsExactly(Duration.ofSeconds(1), Duration.ofSeconds(2));
  }

  @Test
  void aBodyThatEndsEarlyWithoutSayingItsLengthIsNotTakenForWhole() throws IOException {
    hub.server.data.next(answer -> answer.unannounced().cutAfter(100_000));
    fetched();
    assertThat(range(1)).isEqualTo("bytes=100000-");
  }

  @Test
  void aShorterLengthThanPromisedIsNotTakenForWhole() throws IOException {
    hub.server.data.next(answer -> answer.body(Arrays.copyOf(WEIGHTS, 77_000)));
    fetched();
    assertThat(range(1)).isEqualTo("bytes=77000-");
  }

  @Test
  void aStallIsGivenUpAndGoneOnWith() throws IOException {
    hub.impatient();
    hub.server.data.next(answer -> answer.stallAfter(50_000));
    fetched();
    assertThat(range(1)).isEqualTo("bytes=50000-");
  }

  @Test
  void anAnswerThatNeverComesIsGivenUp() throws IOException {
    hub.impatient();
    hub.server.endpoint.next(
        answer -> answer.unannounced().with("Content-Length", "5").stallAfter(0));
    fetched();
    assertThat(hub.pauses).hasSize(1);
  }

  @Test
  void aServerThatIgnoresRangesIsReadFromTheBeginning() throws IOException {
    leave(Arrays.copyOf(WEIGHTS, 123_456));
    hub.server.data.next(answer -> Answer.of(200).body(WEIGHTS));
    fetched();
    assertThat(range(0)).isEqualTo("bytes=123456-");
    assertThat(hub.server.data.requests()).hasSize(1);
  }

  @Test
  void aRangeOtherThanTheOneAskedForIsNotUsed() throws IOException {
    leave(Arrays.copyOf(WEIGHTS, 1000));
    hub.server.data.next(answer -> answer.with("Content-Range", "bytes 500-399999/400000"));
    fetched();
    assertThat(range(1)).isEmpty();
  }

  @Test
  void anAnswer206WithoutARangeIsNotUsed() throws IOException {
    leave(Arrays.copyOf(WEIGHTS, 1000));
    hub.server.data.next(answer -> answer.with("Content-Range", "nonsense"));
    fetched();
  }

  @Test
  void anAnswer416BeginsAnew() throws IOException {
    leave(Arrays.copyOf(WEIGHTS, 1000));
    hub.server.data.next(answer -> Answer.of(416));
    fetched();
    assertThat(range(1)).isEmpty();
  }

  @Test
  void moreBytesThanPromisedAreAnError() {
    UnaryOperator<Answer> longer = answer -> answer.body(HubFixture.bytes(500_000)).unannounced();
    hub.server.data.next(longer, longer, longer, longer, longer, longer);
    fails(
        () -> hub.snapshot().need(FILE),
        Reason.UNREACHABLE,
        FILE,
        "more than the promised 400000 bytes");
  }

  @Test
  void aResumedFileWithAWrongHashIsThrownAwayAndFetchedAnew() throws IOException {
    leave(HubFixture.bytes(200_000));
    fetched();
    assertThat(range(0)).isEqualTo("bytes=200000-");
    assertThat(range(1)).isEmpty();
  }

  @Test
  void aWholeFileWithAWrongHashIsThrownAwayAndFetchedAnew() throws IOException {
    leave(OTHER);
    fetched();
    assertThat(hub.server.data.requests()).hasSize(1);
  }

  @Test
  void aWholeFileThatWasNotYetMovedNeedsNoNetwork() throws IOException {
    leave(WEIGHTS);
    fetched();
    assertThat(hub.server.data.requests()).isEmpty();
  }

  @Test
  void whatIsTooLongToBeABeginningIsThrownAway() throws IOException {
    leave(new byte[WEIGHTS.length + 1]);
    fetched();
    assertThat(range(0)).isEmpty();
  }

  @Test
  void aWrongHashTwiceIsAnErrorAndNothingIsLeft() {
    UnaryOperator<Answer> other = answer -> answer.body(OTHER);
    hub.server.data.next(other, other);
    fails(() -> hub.snapshot().need(FILE), Reason.DAMAGED, FILE, ETAG, "thrown away");
    assertThat(partial()).doesNotExist();
  }

  @Test
  void aSmallFileIsVerifiedByGitsHash() throws IOException {
    UnaryOperator<Answer> changed = answer -> answer.body(HubFixture.text("[]"));
    hub.server.endpoint.next(answer -> answer, answer -> answer, changed);
    assertThat(hub.snapshot().need("config.json")).hasContent("{}");
    hub.model().small("vocab.txt", "ab");
    hub.server.endpoint.next(answer -> answer, answer -> answer, changed, changed);
    String etag = FakeHub.gitHash(HubFixture.text("ab"));
    assertThat(etag).as("printf ab | git hash-object --stdin").isEqualTo(AB);
    fails(() -> hub.snapshot().need("vocab.txt"), Reason.DAMAGED, "vocab.txt", etag);
    assertThat(HubFixture.tree(hub.folder().resolve("blobs")))
        .containsExactly(FakeHub.gitHash(HubFixture.text("{}")));
  }

  @Test
  void whatCannotBeVerifiedIsNotGoneOnWith() throws IOException {
    Files.createDirectories(hub.folder().resolve("blobs"));
    Files.writeString(hub.folder().resolve("blobs/of-a-mirror.fresnel.incomplete"), "{");
    hub.server.endpoint.next(
        answer -> answer, head -> head.with("ETag", "\"of-a-mirror\""), answer -> answer);
    assertThat(hub.snapshot().need("config.json")).hasContent("{}");
    assertThat(hub.server.endpoint.requests())
        .last()
        .satisfies(get -> assertThat(get.header("Range")).isEmpty());
  }

  @Test
  void tooManyRequestsAreTriedAgainWhenTheServerSays() throws IOException {
    hub.server.endpoint.next(
        answer -> Answer.of(429, "Retry-After", "17"),
        answer -> Answer.of(503, "Retry-After", "3"));
    fetched();
    assertThat(hub.pauses).containsExactly(Duration.ofSeconds(17), Duration.ofSeconds(3));
  }

  @Test
  void retryAfterMayBeADate() throws IOException {
    String date =
        DateTimeFormatter.RFC_1123_DATE_TIME.format(
            ZonedDateTime.now(ZoneOffset.UTC).plusSeconds(60));
    hub.server.data.next(answer -> Answer.of(503, "Retry-After", date));
    fetched();
    assertThat(hub.pauses)
        .singleElement()
        .satisfies(pause -> assertThat(pause.toSeconds()).isBetween(40L, 60L));
  }

  @Test
  void withoutSuchAWishTheWaitsGrow() {
    UnaryOperator<Answer> down = answer -> Answer.of(503);
    hub.server.endpoint.next(down, down, down, down, down);
    fails(
        () -> hub.snapshot().need(FILE), Reason.UNREACHABLE, "org/model", "5 tries", "answers 503");
    assertThat(hub.pauses.stream().map(Duration::toSeconds)).containsExactly(1L, 2L, 4L, 8L);
  }

  @Test
  void aServerThatWantsToBeLeftAloneForLongIsNotWaitedFor() {
    hub.server.endpoint.next(answer -> Answer.of(429, "Retry-After", "3600"));
    fails(() -> hub.snapshot().need(FILE), Reason.UNREACHABLE, "429", "left alone for 3600 s");
    assertThat(hub.pauses).isEmpty();
  }

  @Test
  void aDownloadThatWasGivenUpIsGoneOnWithByTheNextCall() throws IOException {
    UnaryOperator<Answer> drop = answer -> answer.cutAfter(0);
    hub.server.data.next(answer -> answer.cutAfter(300_000), drop, drop, drop, drop, drop);
    fails(() -> hub.snapshot().need(FILE), Reason.UNREACHABLE, FILE);
    assertThat(partial()).hasSize(300_000);
    hub.server.data.noMoreFaults();
    hub.server.data.forget();
    fetched();
    assertThat(range(0)).isEqualTo("bytes=300000-");
  }

  @Test
  void anAddressOfTheDataHostThatHasExpiredIsAskedForAnew() throws IOException {
    hub.server.data.next(answer -> Answer.of(403));
    fetched();
    assertThat(
            hub.asked().stream()
                .filter(request -> request.startsWith("GET") && request.endsWith(FILE)))
        .hasSize(2);
  }

  @Test
  void aConnectionThatIsRefusedIsSaidAtOnce() {
    hub.server.close();
    fails(
        () -> hub.snapshot().need(FILE),
        Reason.UNREACHABLE,
        "org/model",
        hub.server.address(),
        "cannot be reached");
    assertThat(hub.pauses).isEmpty();
  }

  @Test
  void withoutTheHubWhatIsCachedWillDo() {
    hub.snapshot().need("config.json");
    hub.server.close();
    var snapshot = hub.snapshot();
    assertThat(snapshot.need("config.json")).hasContent("{}");
    assertThat(snapshot.find("tokenizer.json")).isEmpty();
    fails(() -> snapshot.need(FILE), Reason.UNREACHABLE, "cannot be reached");
  }

  @Test
  void redirectsWithoutEndAreAnError() {
    UnaryOperator<Answer> round =
        answer -> Answer.of(302, "Location", hub.server.address() + "/around");
    hub.server.endpoint.next(
        round, round, round, round, round, round, round, round, round, round, round, round);
    fails(() -> hub.snapshot().need(FILE), Reason.REFUSED, "redirects more than");
  }

  @Test
  void redirectsToOtherThanTheWebAreAnError() {
    for (String place :
        new String[] {"file:///etc/passwd", "ftp://h/x", "", "http://", "jar:file:///x!/y"}) {
      hub.server.endpoint.next(answer -> Answer.of(302, "Location", place));
      fails(
          () -> hub.snapshot().need(FILE),
          Reason.REFUSED,
          "redirects to where no file can be fetched");
    }
  }

  @Test
  void anAnswerThatIsNoHubsIsAnError() {
    UnaryOperator<Answer> page =
        answer -> Answer.of(200).body(HubFixture.text("<html>Log in to the hotel</html>"));
    hub.server.endpoint.next(page);
    fails(() -> hub.snapshot().need(FILE), Reason.REFUSED, "no listing", "HF_ENDPOINT");
    hub.server.endpoint.next(answer -> answer, answer -> Answer.of(200));
    fails(() -> hub.snapshot().need(FILE), Reason.REFUSED, "no ETag", "HF_ENDPOINT");
    for (String etag : new String[] {"../../x", "a/b", "", "..", ".hidden", "x".repeat(300)}) {
      hub.server.endpoint.next(
          answer -> answer, answer -> Answer.of(200, "X-Linked-Etag", etag, "X-Linked-Size", "1"));
      fails(() -> hub.snapshot().need(FILE), Reason.REFUSED, "ETag");
    }
    hub.server.endpoint.next(
        answer -> answer, answer -> Answer.of(200, "ETag", "\"ab\"", "X-Linked-Size", "-1"));
    fails(() -> hub.snapshot().need(FILE), Reason.REFUSED, "size");
  }

  @Test
  void aListingThatLeadsOutOfTheCacheIsRefused() {
    for (String sha : new String[] {"../../..", "", "a/b", "x".repeat(100)}) {
      hub.server.endpoint.next(
          answer ->
              Answer.of(200).body(HubFixture.text("{\"sha\":\"" + sha + "\",\"siblings\":[]}")));
      fails(() -> hub.snapshot().need(FILE), Reason.REFUSED, "no listing");
    }
    String names =
        "[{\"rfilename\":\"../../../x\"},{\"rfilename\":\"/etc/passwd\"},{\"rfilename\":\"a\\\\b\"}]";
    hub.server.endpoint.next(
        answer ->
            Answer.of(200)
                .body(HubFixture.text("{\"sha\":\"c0ffee\",\"siblings\":" + names + "}")));
    assertThat(hub.hub().newest(HubFixture.MODEL).files()).isEmpty();
  }

  @Test
  void aDiskThatIsTooSmallIsSaidBeforeAnythingIsFetched() {
    hub.server.endpoint.next(
        answer -> answer, answer -> answer.with("X-Linked-Size", "900000000000000000"));
    fails(() -> hub.snapshot().need(FILE), Reason.DISK, "needs 900 PB", "free");
    assertThat(hub.server.data.requests()).isEmpty();
  }

  @Test
  void aFolderThatMayNotBeWrittenToIsAnError() throws IOException {
    Files.createDirectories(hub.cache());
    Files.writeString(hub.folder(), "a file where a folder should be");
    assertThatThrownBy(() -> hub.snapshot().need("config.json"))
        .isInstanceOf(HubException.class)
        .hasMessageContaining(hub.folder().toString());
  }
}
