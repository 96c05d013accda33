using System.Text;
using System.Text.Json;
using FramedSockets.Codecs;
using FramedSockets.Fuzz.Engine;
using FramedSockets.Fuzz.Naive;

namespace FramedSockets.Fuzz.Oracles;

/// <summary>A view of any text throws nothing but the one exception; of a strict one it shows what a document shows.</summary>
internal static class JsonViewCheck
{
    private static readonly string[] Names = ["cmd", "id", "urgent", NaiveJson.LengthMember, "x", ""];

    public static void Run(byte[] text)
    {
        var view = new JsonHeaderView(text);
        FuzzFailureException.Require(view.Bytes.SequenceEqual(text), "view differs", "The bytes of a view are not those that it was made of.");
        using var document = NaiveJson.Open(text);
        foreach (var name in Names)
        {
            var key = Encoding.UTF8.GetBytes(name);
            try
            {
                var isNumber = view.TryGetInt64(key, out var number);
                var isTruth = view.TryGetBoolean(key, out var truth);
                var isText = view.TryGetString(key, out var value);
                var isSame = view.IsText(key, Encoding.UTF8.GetBytes(value ?? ""));
                if (document is not null)
                {
                    Compare(document.RootElement, name, isNumber ? number : null, isTruth ? truth : null, isText ? value : null, isSame);
                }
            }
            catch (FramedSocketException e) when (document is null)
            {
                FuzzFailureException.Require(e.Error == FramedSocketError.MalformedHeader, "wrong error", $"{e.Error}");
            }
        }
    }

    private static void Compare(JsonElement root, string name, long? number, bool? truth, string? text, bool isSame)
    {
        var isThere = root.TryGetProperty(name, out var member);
        long? wantedNumber = isThere && member.ValueKind == JsonValueKind.Number && member.TryGetInt64(out var n) ? n : null;
        bool? wantedTruth = isThere && member.ValueKind is JsonValueKind.True or JsonValueKind.False ? member.GetBoolean() : null;
        var wantedText = isThere && member.ValueKind == JsonValueKind.String ? member.GetString() : null;
        FuzzFailureException.Require(
            number == wantedNumber && truth == wantedTruth && text == wantedText && (text is null || isSame),
            "view shows something else",
            $"'{name}': {number} {truth} {text} for {wantedNumber} {wantedTruth} {wantedText}");
    }
}
