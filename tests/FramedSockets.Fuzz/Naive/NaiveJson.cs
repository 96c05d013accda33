using System.Buffers.Binary;
using System.Text;
using System.Text.Json;

namespace FramedSockets.Fuzz.Naive;

/// <summary>The two JSON wires, by way of <see cref="JsonDocument"/>.</summary>
/// <param name="isSized">Whether the length of all that follows comes first, and no member says the body's length.</param>
/// <param name="isBigEndian">The order of the lengths' bytes.</param>
/// <param name="isView">Whether the header is its text, and not made into anything.</param>
internal sealed class NaiveJson(bool isSized, bool isBigEndian, bool isView) : NaiveFraming
{
    /// <summary>The member that says the body's length.</summary>
    public const string LengthMember = "size";

    private const int MostLevels = 8;
    private const int MostMembers = 64;
    private static readonly NaiveHead Malformed = NaiveHead.Refused(FramedSocketError.MalformedHeader);

    public override NaiveHead Read(byte[] bytes, NaiveLimits limits)
    {
        var prefix = isSized ? 8 : 4;
        if (bytes.Length < prefix)
        {
            return NaiveHead.Incomplete;
        }

        var first = Number(bytes);
        var length = isSized ? Number(bytes[4..]) : first;
        if (length == 0)
        {
            return Malformed;
        }

        if (length > limits.MaxHeader)
        {
            return NaiveHead.Refused(FramedSocketError.HeaderTooLong);
        }

        var body = first - 4 - length;
        if (isSized && body < 0)
        {
            return Malformed;
        }

        var headLength = prefix + (int)length;
        if (bytes.Length < headLength)
        {
            return NaiveHead.Incomplete;
        }

        var text = bytes[prefix..headLength];
        if (isView && isSized)
        {
            return NaiveHead.Complete(text, headLength, body);
        }

        return Make(text, ref body) is { } header ? NaiveHead.Complete(header, headLength, body) : Malformed;
    }

    /// <summary>A header's members in bytes, so that they can be compared.</summary>
    public static byte[] Describe(string? cmd, int id, bool urgent, long size) =>
        Encoding.UTF8.GetBytes($"{id} {urgent} {size} {(cmd is null ? "null" : $"'{cmd}'")}");

    /// <summary>Opens a text if it is strict JSON, an object, within the bounds of a header.</summary>
    public static JsonDocument? Open(byte[] text)
    {
        JsonDocument? document = null;
        try
        {
            _ = new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(text);
            document = JsonDocument.Parse(text, new JsonDocumentOptions { MaxDepth = MostLevels });
            var members = 0;
            if (document.RootElement.ValueKind == JsonValueKind.Object && IsStrict(document.RootElement, ref members) && members <= MostMembers)
            {
                return document;
            }
        }
        catch (Exception e) when (e is ArgumentException or JsonException or InvalidOperationException)
        {
            // Not UTF-8, not JSON, or half a surrogate pair.
        }

        document?.Dispose();
        return null;
    }

    private byte[]? Make(byte[] text, ref long body)
    {
        using var document = Open(text);
        if (document is null || (!isSized && !TryGetLength(document.RootElement, out body)))
        {
            return null;
        }

        return isView ? text : MakeTyped(document.RootElement);
    }

    private static bool TryGetLength(JsonElement root, out long length)
    {
        length = 0;
        return root.TryGetProperty(LengthMember, out var member) && member.ValueKind == JsonValueKind.Number
            && member.GetRawText().All(char.IsAsciiDigit) && long.TryParse(member.GetRawText(), out length);
    }

    /// <summary>The header that the type of the tests holds: a text or null, an int, a truth value, a long; each may be missing.</summary>
    private static byte[]? MakeTyped(JsonElement root)
    {
        string? cmd = null;
        var id = 0;
        var size = 0L;
        var urgent = false;
        foreach (var member in root.EnumerateObject())
        {
            var value = member.Value;
            var fits = member.Name switch
            {
                "cmd" => value.ValueKind is JsonValueKind.String or JsonValueKind.Null,
                "id" => value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out id),
                "urgent" => value.ValueKind is JsonValueKind.True or JsonValueKind.False,
                LengthMember => value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out size),
                _ => true,
            };
            if (!fits)
            {
                return null;
            }

            cmd = member.Name == "cmd" ? value.GetString() : cmd;
            urgent = member.Name == "urgent" ? value.GetBoolean() : urgent;
        }

        return Describe(cmd, id, urgent, size);
    }

    /// <summary>Whether no object in it has a name twice; it throws on texts that are none.</summary>
    private static bool IsStrict(JsonElement element, ref int members)
    {
        switch (element.ValueKind)
        {
            case JsonValueKind.String:
                _ = element.GetString();
                return true;
            case JsonValueKind.Array:
                foreach (var item in element.EnumerateArray())
                {
                    if (!IsStrict(item, ref members))
                    {
                        return false;
                    }
                }

                return true;
            case JsonValueKind.Object:
                var names = new HashSet<string>(StringComparer.Ordinal);
                foreach (var member in element.EnumerateObject())
                {
                    members++;
                    if (!names.Add(member.Name) || !IsStrict(member.Value, ref members))
                    {
                        return false;
                    }
                }

                return true;
            default:
                return true;
        }
    }

    private long Number(byte[] bytes) =>
        isBigEndian ? BinaryPrimitives.ReadUInt32BigEndian(bytes) : BinaryPrimitives.ReadUInt32LittleEndian(bytes);
}
