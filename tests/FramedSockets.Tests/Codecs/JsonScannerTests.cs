using System.Text;
using System.Text.Json;
using FramedSockets.Codecs;
using FsCheck;
using FsCheck.Fluent;

namespace FramedSockets.Tests.Codecs;

/// <summary>What the flat scanner takes is held against the strict one, and what is made without the serializer against the serializer.</summary>
public sealed class JsonScannerTests
{
    private const string Alphabet = "{}[]\":,\\ 0123456789-+.eEtrufalsn\t\n\u0001\u00E9abx/*";

    private static readonly string[] Texts =
    [
        """{"cmd":"put","filename":"a.txt","filesize":12}""",
        """{ "filesize" : 0, "x":true, "y":false , "z":null, "cmd":"" }""",
        """{"filesize":7,"half":0.5,"small":1e-9,"minus":-3,"o":{"a":[1,"\u0041"]}}""",
        """{"filename":"C:\\x","filesize":123456789012345678}""",
        "{}",
    ];

    [Fact]
    public void The_flat_scanner_takes_nothing_that_the_strict_one_refuses()
    {
        var names = new[] { "cmd", "filename", "filesize" }.Select(JsonFlatScanner.Quote).ToArray();
        var taken = 0;
        CheckChanged(json =>
        {
            var fields = new JsonField[names.Length + JsonFlatScanner.MaxUnknown];
            if (JsonFlatScanner.TryScan(json, names, fields))
            {
                taken++;
                Assert.False(JsonStrictScanner.Scan(json, "filesize"u8, out var length).IsCorrupt);
                Assert.Equal(length.Kind == JsonFieldKind.Integer, fields[2].Kind == JsonFieldKind.Integer);
                Assert.Equal((length.Start, length.Number), length.Kind == JsonFieldKind.Integer ? (fields[2].Start, fields[2].Number) : (length.Start, 0));
            }
        });
        Assert.NotEqual(0, taken);
    }

    [Fact]
    public void A_header_is_what_the_serializer_would_make_of_it()
    {
        var text = new JsonHeaderText<PutHeader>(TestJsonContext.Default.PutHeader, "filesize");
        var strict = new JsonDocumentOptions { MaxDepth = JsonStrictScanner.MaxDepth };
        var made = 0;
        CheckChanged(json =>
        {
            if (text.Decode(json, out var header, out var length).IsCorrupt)
            {
                return;
            }

            made++;
            Assert.Equal(JsonSerializer.Deserialize(json, TestJsonContext.Default.PutHeader), header);
            using var document = JsonDocument.Parse(json, strict);
            Assert.Equal(document.RootElement.GetProperty("filesize").GetInt64(), length);
        });
        Assert.NotEqual(0, made);
    }

    [Theory]
    [InlineData("eight", true)]
    [InlineData("signedOctet", true)]
    [InlineData("unsignedEight", false)]
    [InlineData("octet", false)]
    public void A_sign_is_taken_where_the_serializer_takes_one(string member, bool isTaken)
    {
        var text = new JsonHeaderText<AllMembers>(TestJsonContext.Default.AllMembers, "length");
        var json = Encoding.UTF8.GetBytes($$"""{"{{member}}":-0,"length":5}""");
        Assert.Equal(isTaken, Record.Exception(() => JsonSerializer.Deserialize(json, TestJsonContext.Default.AllMembers)) is null);
        Assert.Equal(isTaken, Record.Exception(() => Assert.False(text.Decode(json, out _, out _).IsCorrupt)) is null);
    }

    private static void CheckChanged(Action<byte[]> check)
    {
        var changes = from at in Gen.Choose(0, 80) from kind in Gen.Choose(0, 2) from letter in Gen.Elements(Alphabet.ToCharArray()) select (at, kind, letter);
        var texts = from text in Gen.Elements(Texts) from list in changes.ListOf() select list.Take(3).Aggregate(text, Change);
        Prop.ForAll(texts.ToArbitrary(), text => check(Encoding.UTF8.GetBytes(text))).Check(Config.QuickThrowOnFailure.WithMaxTest(20_000));
    }

    private static string Change(string text, (int At, int Kind, char Letter) change)
    {
        var at = change.At % text.Length;
        return change.Kind switch
        {
            0 => text.Insert(at, $"{change.Letter}"),
            1 when text.Length > 1 => text.Remove(at, 1),
            _ => $"{text[..at]}{change.Letter}{text[(at + 1)..]}",
        };
    }
}
