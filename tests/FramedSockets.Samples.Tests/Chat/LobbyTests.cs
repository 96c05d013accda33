using System.IO.Pipelines;
using System.Text;
using Chat;
using FramedSockets.Framing;
using FramedSockets.Tcp;

namespace FramedSockets.Samples.Tests.Chat;

public sealed class LobbyTests
{
    [Fact]
    public async Task Who_names_as_many_members_as_a_text_may_hold()
    {
        const int Members = 200;
        var lobby = new Lobby();
        var connections = new List<FrameConnection<ChatHeader>>();
        var wire = new Pipe(new(pauseWriterThreshold: 0));
        for (var i = 0; i < Members; i++)
        {
            var output = i == Members - 1 ? wire.Writer : new Pipe(new(pauseWriterThreshold: 0)).Writer;
            var connection = new FrameConnection<ChatHeader>(new Duplex(new Pipe().Reader, output), ChatWire.Codec, ChatWire.Options);
            connections.Add(connection);
            var member = new Member(connection);
            lobby.Join(member, "room", $"{i:000}{new string('猫', 29)}");
            if (i == Members - 1)
            {
                lobby.Who(member);
            }
        }

        await connections[^1].CompleteOutputAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(30));
        var reader = new FrameReader<ChatHeader>(wire.Reader, ChatWire.Codec);
        _ = await reader.ReadAsync();
        var who = await reader.ReadAsync();
        Assert.Equal(ChatHeader.Who, who.Header.Kind);
        var names = Encoding.UTF8.GetString(who.Body).Split('\n');
        Assert.Equal(Enumerable.Range(0, names.Length).Select(i => $"{i:000}{new string('猫', 29)}"), names);
        Assert.InRange(who.BodyLength, ChatWire.LongestText - 100, ChatWire.LongestText);
        await reader.CompleteAsync();
    }

    private sealed record Duplex(PipeReader Input, PipeWriter Output) : IDuplexPipe;
}
