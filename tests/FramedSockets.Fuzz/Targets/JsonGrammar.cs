using System.Text;
using FramedSockets.Fuzz.Engine;

namespace FramedSockets.Fuzz.Targets;

/// <summary>Makes JSON that is mostly right: members known and unknown, numbers on borders, escapes, nesting, and a slip now and then.</summary>
internal static class JsonGrammar
{
    private static readonly string[] Names =
        ["cmd", "id", "urgent", "size", "Size", "s\\u0069ze", "\\u0073ize", "i\\u0064", "x", "y", "z", "", "a\\nb", "né", "cmd ", "\\ud83d\\ude00", "\\ud800", "long name of a member"];

    private static readonly string[] Values =
    [
        "null", "true", "false", "\"\"", "\"put\"", "\"a\\\"b\"", "\"\\u00e9\"", "\"é\"", "\"\\ud800\"", "\"\\udc00x\"", "{}", "[]", "[1,2]", "{\"a\":1}", "{\"a\":1,\"a\":2}",
        "{\"a\":{\"a\":{\"a\":{}}}}", "[[[[[[[1]]]]]]]", "0", "-0", "1.0", "1e3", "1E-2", "00", "-", "tru", "nul", "\"put", "0x1", "+1", "1.", ".5", "NaN",
    ];

    private static readonly string[] Spaces = ["", "", "", "", " ", "\n", "\t", "\r\n", "  ", "\u00a0", "/**/"];

    public static IEnumerable<string> Tokens =>
        Names.Select(name => $"\"{name}\":").Concat(Values).Concat(["{", "}", ",", ":", "\"", "\\", "{}", "{\"size\":5}", "\"size\":", "\u00ef\u00bb\u00bf", "\ufeff"]);

    /// <summary>A header for a body of so many bytes.</summary>
    public static string Object(Random random, int bodyLength)
    {
        var members = new List<string>();
        for (var count = random.Next(random.Next(20) == 0 ? 70 : 6); count > 0; count--)
        {
            var name = random.Next(30) == 0 || count > 10 ? $"m{random.Next(80)}" : Names[random.Next(Names.Length)];
            members.Add(Member(random, name, Value(random, name)));
        }

        if (random.Next(10) > 0)
        {
            var length = random.Next(8) == 0 ? Number(random) : $"{bodyLength + (random.Next(10) == 0 ? random.Next(5) - 2 : 0)}";
            members.Insert(random.Next(members.Count + 1), Member(random, "size", length));
        }

        var text = $"{Space(random)}{{{Space(random)}{string.Join(",", members)}{(random.Next(40) == 0 ? "," : "")}}}{Space(random)}";
        return random.Next(40) == 0 ? text + Text(random) : text;
    }

    /// <summary>Any text.</summary>
    public static string Text(Random random) => Values[random.Next(Values.Length)].Trim('"');

    private static string Member(Random random, string name, string value) => $"{Space(random)}\"{name}\"{Space(random)}:{Space(random)}{value}{Space(random)}";

    private static string Space(Random random) => random.Next(3) == 0 ? Spaces[random.Next(Spaces.Length)] : "";

    private static string Value(Random random, string name) => random.Next(4) == 0 ? Values[random.Next(Values.Length)] : name switch
    {
        "cmd" => $"\"{Letters(random)}\"",
        "id" or "size" => Number(random),
        "urgent" => random.Next(2) == 0 ? "true" : "false",
        _ => random.Next(2) == 0 ? Number(random) : $"\"{Letters(random)}\"",
    };

    private static string Number(Random random) => random.Next(3) switch
    {
        0 => $"{random.Next(300)}",
        1 => $"{(Int128)Mutator.Boundary(random) + random.Next(5) - 2}",
        _ => $"{(random.Next(2) == 0 ? "-" : "")}{new string((char)('1' + random.Next(9)), 17 + random.Next(4))}",
    };

    private static string Letters(Random random)
    {
        var text = new StringBuilder();
        for (var count = random.Next(24); count > 0; count--)
        {
            _ = text.Append((char)(random.Next(25) == 0 ? random.Next(32, 256) : 'a' + random.Next(26)));
        }

        return text.Replace("\"", "").Replace("\\", "").ToString();
    }
}
