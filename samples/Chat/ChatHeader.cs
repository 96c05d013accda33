using System.Text.Json.Serialization;

namespace Chat;

/// <summary>
/// The header of every frame. A client sends <c>join</c>, <c>say</c>, <c>who</c> and <c>leave</c>; the server sends
/// <c>joined</c>, <c>said</c>, <c>who</c>, <c>left</c> and <c>refused</c>.
/// </summary>
/// <param name="Kind">What the frame is.</param>
/// <param name="Room">Of <c>join</c>: the room. Of what the server sends: where it happened.</param>
/// <param name="Name">Of <c>join</c>: who wants to. Of what the server sends: who did it.</param>
/// <param name="Length">The body's length; the codec fills it in. A body is a text, or the names in a room, one a line.</param>
internal readonly record struct ChatHeader(
    string? Kind,
    string? Room = null,
    string? Name = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.Never)] long Length = 0)
{
    public const string Join = "join";
    public const string Say = "say";
    public const string Who = "who";
    public const string Leave = "leave";
    public const string Joined = "joined";
    public const string Said = "said";
    public const string Left = "left";
    public const string Refused = "refused";
}

/// <summary>How it looks in JSON: <c>{"kind":"say","length":5}</c>; members that say nothing are left out.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingDefault)]
[JsonSerializable(typeof(ChatHeader))]
internal sealed partial class ChatJson : JsonSerializerContext;
