import java.io.BufferedReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;
import java.time.format.ResolverStyle;
import java.util.HashMap;
import java.util.Map;
import org.joda.time.format.DateTimeFormat;

/**
 * Reads stamps by the two libraries that Elasticsearch has used: Joda-Time up to version 6,
 * java.time from 7 on.
 *
 * The file named holds a pattern, a tab and a stamp on each line. For each line there is one of
 * output: Joda-Time's milliseconds since 1970, java.time's seconds and the nanoseconds beyond them;
 * "refused" instead of what a library does not read.
 */
final class Stamps {
    private final org.joda.time.format.DateTimeFormatter joda;
    private final DateTimeFormatter java;
    private final boolean zoned;

    private Stamps(String pattern) {
        zoned = pattern.endsWith("Z");
        joda = DateTimeFormat.forPattern(pattern.replace("Z", "ZZ")).withZoneUTC();
        // In java.time `y` is the year of an era, and the strict resolver asks for the era.
        java = DateTimeFormatter.ofPattern(pattern.replace('y', 'u').replace("Z", "XXX"))
                .withResolverStyle(ResolverStyle.STRICT);
    }

    private String byJoda(String stamp) {
        try {
            return Long.toString(joda.parseMillis(stamp));
        } catch (IllegalArgumentException refused) {
            return "refused";
        }
    }

    private String byJavaTime(String stamp) {
        try {
            Instant instant = zoned
                    ? OffsetDateTime.parse(stamp, java).toInstant()
                    : LocalDateTime.parse(stamp, java).toInstant(ZoneOffset.UTC);
            return instant.getEpochSecond() + " " + instant.getNano();
        } catch (DateTimeParseException refused) {
            return "refused refused";
        }
    }

    public static void main(String[] arguments) throws Exception {
        Map<String, Stamps> patterns = new HashMap<>();
        try (BufferedReader lines = Files.newBufferedReader(Path.of(arguments[0]));
                PrintStream out = new PrintStream(
                        Files.newOutputStream(Path.of(arguments[1])), false,
                        StandardCharsets.US_ASCII)) {
            StringBuilder answers = new StringBuilder();
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                int tab = line.indexOf('\t');
                Stamps stamps = patterns.computeIfAbsent(line.substring(0, tab), Stamps::new);
                String stamp = line.substring(tab + 1);
                answers.append(stamps.byJoda(stamp)).append(' ');
                answers.append(stamps.byJavaTime(stamp)).append('\n');
                if (answers.length() > 1 << 16) {
                    out.append(answers);
                    answers.setLength(0);
                }
            }
            out.append(answers);
        }
    }
}
