using System.Text;
using FramedSockets.Faults.Support;
using FramedSockets.Tests.Support;

namespace FramedSockets.Faults.Attacks;

/// <summary>Headers that are made to break a parser: each ends its connection with its reason, and a good client is still served.</summary>
public abstract class HeaderAttackTests(TransportKind kind)
{
    public sealed class OverSockets() : HeaderAttackTests(TransportKind.Sockets);

    public sealed class OverLinux() : HeaderAttackTests(TransportKind.Linux);

    [Case("A1")]
    public async Task A_header_length_that_overflows_is_refused_after_four_bytes()
    {
        await using var server = await Attacked.StartAsync(kind);
        var rented = 0L;
        foreach (var (prefix, error) in new[]
        {
            (-1, FramedSocketError.HeaderTooLong), (int.MinValue, FramedSocketError.HeaderTooLong),
            (FrameLimits.Default.MaxHeaderLength + 1, FramedSocketError.HeaderTooLong), (0, FramedSocketError.MalformedHeader),
        })
        {
            var before = server.Rented;
            _ = await server.AssertClosesAsync(error, BitConverter.GetBytes(prefix));
            rented = Math.Max(rented, server.Rented - before);
        }

        // The bystander's and the good client's buffers included; those of the Linux transport are never shorter than 64 KiB.
        Assert.InRange(rented, 1, kind == TransportKind.Sockets ? 4 * 16 * 1024 : 8 * 64 * 1024);
        Figures.Record("A1", $"4 prefixes refused, the end seen within {server.Longest.TotalMilliseconds:N1} ms", kind);
    }

    [Case("A2")]
    public async Task A_body_length_that_is_none_is_refused_and_the_longest_allowed_is_not()
    {
        await using var server = await Attacked.StartAsync(kind);
        string[] none = ["-1", "9223372036854775808", "1e3", "1.0", "\"5\"", "null", "true", "[]"];
        foreach (var length in none)
        {
            _ = await server.AssertClosesAsync(FramedSocketError.MalformedHeader, Wire.L($$"""{"do":"keep","filesize":{{length}}}"""));
        }

        var longest = FrameLimits.Default.MaxBodyLength;
        foreach (var length in new[] { long.MaxValue, longest + 1 })
        {
            _ = await server.AssertClosesAsync(FramedSocketError.BodyTooLong, Wire.Head("keep", length));
        }

        using (var peer = await Clients.ConnectRawAsync(server.EndPoint))
        {
            _ = await peer.SendAsync(Wire.Head("keep", longest)).Soon();
            await Timeouts.Until(() => server.Delivered == 1);
        }

        await server.AssertOthersServedAsync();
        Figures.Record("A2", $"{none.Length} that are no length and 2 over the limit refused, {longest:N0} accepted", kind);
    }

    [Case("A5")]
    public async Task Deep_nesting_is_refused()
    {
        await using var server = await Attacked.StartAsync(kind);
        _ = await server.AssertClosesAsync(FramedSocketError.MalformedHeader, Wire.L(new string('[', 8000)));
        _ = await server.AssertClosesAsync(FramedSocketError.MalformedHeader, Wire.L($$"""{"filesize":0,"do":{{new string('[', 8000)}}"""));
        Figures.Record("A5", $"8,000 levels refused within {server.Longest.TotalMilliseconds:N1} ms", kind);
    }

    [Case("A6")]
    public async Task A_name_twice_is_refused_in_any_spelling_and_another_case_is_another_name()
    {
        await using var server = await Attacked.StartAsync(kind);
        foreach (var json in new[] { """{"filesize":1,"filesize":2}""", """{"filesize":1,"\u0066ilesize":2}""", """{"FILESIZE":5}""" })
        {
            _ = await server.AssertClosesAsync(FramedSocketError.MalformedHeader, [.. Wire.L(json), .. "hello"u8]);
        }

        Figures.Record("A6", $"3 of 3 refused", kind);
    }

    [Case("A7")]
    public async Task Whatever_is_not_exactly_one_object_is_refused()
    {
        await using var server = await Attacked.StartAsync(kind);
        string[] headers =
        [
            """{"filesize":0}{"filesize":0}""", """{"filesize":0}x""", "\uFEFF" + """{"filesize":0}""", "[]", "\"a\"",
            """{"filesize":0/**/}""", """{"filesize":0,}""",
        ];
        foreach (var json in headers)
        {
            _ = await server.AssertClosesAsync(FramedSocketError.MalformedHeader, Wire.L(json));
        }

        Figures.Record("A7", $"{headers.Length} of {headers.Length} refused", kind);
    }

    [Case("A8")]
    public async Task Whatever_a_parser_throws_is_the_fault_of_the_bytes()
    {
        await using (var server = await Attacked.StartAsync(kind))
        {
            var fact1 = Wire.L("{\"a\":" + new string(' ', 4086) + "t");
            _ = await server.AssertClosesAsync(FramedSocketError.MalformedHeader, [.. fact1, .. new byte[16]]);
            _ = await server.AssertClosesAsync(FramedSocketError.MalformedHeader, Wire.L([.. "{\"filesize\":0,\"do\":\""u8, 0xFF, .. "\"}"u8]));
            _ = await server.AssertClosesAsync(FramedSocketError.MalformedHeader, Wire.L("""{"filesize":0,"do":"\ud800"}"""));
        }

        await using (var server = await Attacked.StartAsync(kind, new FaultyCodec()))
        {
            _ = await server.AssertClosesAsync(FramedSocketError.MalformedHeader, Wire.Head(FaultyCodec.Bug, 0));
        }

        Figures.Record("A8", $"4 of 4 refused, the server accepts", kind);
    }

    [Case("A9")]
    public async Task Thousands_of_members_are_refused_at_once()
    {
        await using var server = await Attacked.StartAsync(kind);
        var members = string.Concat(Enumerable.Range(0, 2285).Select(i => $"\"{(char)('a' + (i % 26))}{(char)('a' + (i / 26 % 26))}\":1,"));
        var header = Wire.L("{" + members + "\"filesize\":0}");
        var least = TimeSpan.MaxValue;
        for (var i = 0; i < 5; i++)
        {
            var start = TimeProvider.System.GetTimestamp();
            var result = Wire.Codec.Decode(header, new(FrameLimits.Default, 0), out _);
            var elapsed = TimeProvider.System.GetElapsedTime(start);
            Assert.True(result.IsCorrupt);
            least = elapsed < least ? elapsed : least;
        }

        Scale.AssertWithin(TimeSpan.FromMilliseconds(1), least, "Refusing the header");
        _ = await server.AssertClosesAsync(FramedSocketError.MalformedHeader, header);
        Figures.Record("A9", $"16 KiB of members refused in {least.TotalMicroseconds:N0} µs", kind);
    }

    [Case("A32")]
    public async Task Nothing_of_a_peer_s_text_reaches_the_log()
    {
        await using var server = await Attacked.StartAsync(kind);
        var text = string.Concat(Enumerable.Repeat("evil\r\n\u001b[31m", 1500))[..16_000];
        var longest = 0;
        foreach (var header in new[] { text, "{\"filesize\":0,\"" + text, "{\"filesize\":\"" + text + "\"}" })
        {
            var line = await server.AssertClosesAsync(FramedSocketError.MalformedHeader, Wire.L(Encoding.UTF8.GetBytes(header)));
            Assert.DoesNotContain(line, char.IsControl);
            Assert.DoesNotContain("evil", line);
            Assert.InRange(line.Length, 1, 1024);
            longest = Math.Max(longest, line.Length);
        }

        Figures.Record("A32", $"a line each, of {longest} characters at most, no control character", kind);
    }
}
