using System.Net;
using Common;
using FramedSockets;
using FramedSockets.Tcp;

namespace Chat;

/// <summary>Reads what members want, and has the lobby do it.</summary>
internal sealed class ChatServer : IAsyncDisposable
{
    private const int LongestName = 32;
    private readonly Lobby _lobby = new();
    private readonly TcpFrameServer<ChatHeader> _server;

    public ChatServer(EndPoint endPoint) => _server = new(ChatWire.Codec, ServeAsync, new()
    {
        EndPoint = endPoint,
        Connection = ChatWire.Options,
        Deadlines = new() { FirstHeader = Timeout.InfiniteTimeSpan, Idle = Timeout.InfiniteTimeSpan }, // people type slowly, and some only listen
        DrainTimeout = TimeSpan.FromSeconds(2),
        LoggerFactory = new StderrLog(),
    });

    public EndPoint? EndPoint => _server.LocalEndPoint;

    public Task StartAsync() => _server.StartAsync();

    public Task StopAsync(CancellationToken patience) => _server.StopAsync(patience);

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    private async Task ServeAsync(FrameConnection<ChatHeader> connection)
    {
        var member = new Member(connection);
        try
        {
            await foreach (var frame in connection.ReadAllAsync())
            {
                Handle(member, frame);
            }
        }
        finally
        {
            _lobby.Leave(member);
        }
    }

    private void Handle(Member member, in Frame<ChatHeader> frame)
    {
        switch (frame.Header.Kind)
        {
            case ChatHeader.Join when IsName(frame.Header.Room) && IsName(frame.Header.Name):
                _lobby.Join(member, frame.Header.Room!, frame.Header.Name!);
                break;
            case ChatHeader.Join:
                member.Refuse($"a room and a name have 1 to {LongestName} visible characters, and no space at the ends");
                break;
            case ChatHeader.Say:
                _lobby.Say(member, frame.Body);
                break;
            case ChatHeader.Who:
                _lobby.Who(member);
                break;
            case ChatHeader.Leave:
                _lobby.Leave(member);
                break;
            default:
                member.Refuse("a frame's kind is join, say, who or leave");
                break;
        }
    }

    private static bool IsName(string? text) => !string.IsNullOrEmpty(text) && text[0] != ' ' && text[^1] != ' '
        && text.EnumerateRunes().Count() <= LongestName && text.EnumerateRunes().All(Printable.IsInName);
}
