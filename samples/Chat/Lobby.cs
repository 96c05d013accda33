using System.Buffers;
using System.Text;

namespace Chat;

/// <summary>The rooms and who is in them. Thread-safe; everybody in a room hears the same in the same order.</summary>
internal sealed class Lobby
{
    private readonly Lock _gate = new();

    // The arrays are never changed, only replaced: whoever is cut while a room is told something leaves it at once.
    private readonly Dictionary<string, Member[]> _rooms = [];

    /// <summary>Moves a member into a room, out of the one it was in, unless its name is taken there.</summary>
    public void Join(Member member, string room, string name)
    {
        lock (_gate)
        {
            if (MembersOf(room).Any(other => other != member && other.Name == name))
            {
                member.Refuse($"somebody called {name} is in {room} already");
                return;
            }

            Leave(member);
            (member.Room, member.Name) = (room, name);
            _rooms[room] = [.. MembersOf(room), member];
            Tell(MembersOf(room), new(ChatHeader.Joined, room, name));
        }
    }

    /// <summary>Tells the others in the room what a member says.</summary>
    public void Say(Member member, in ReadOnlySequence<byte> text)
    {
        lock (_gate)
        {
            if (member.Room is not { } room)
            {
                member.Refuse("join a room first");
                return;
            }

            Tell(MembersOf(room).Where(other => other != member), new(ChatHeader.Said, room, member.Name), text);
        }
    }

    /// <summary>Tells a member who is in its room: as many names as a text may hold.</summary>
    public void Who(Member member)
    {
        lock (_gate)
        {
            if (member.Room is not { } room)
            {
                member.Refuse("join a room first");
                return;
            }

            var names = Encoding.UTF8.GetBytes(string.Join('\n', MembersOf(room).Select(other => other.Name)));
            var length = names.Length <= ChatWire.LongestText ? names.Length : names.AsSpan(0, ChatWire.LongestText + 1).LastIndexOf((byte)'\n');
            member.Tell(new(ChatHeader.Who, room), new(names.AsMemory(0, length)));
        }
    }

    /// <summary>Takes a member out of its room, if it is in one.</summary>
    public void Leave(Member member)
    {
        lock (_gate)
        {
            if (member.Room is not { } room)
            {
                return;
            }

            var members = MembersOf(room);
            member.Room = null;
            _rooms[room] = [.. members.Where(other => other != member)];
            if (_rooms[room].Length == 0)
            {
                _rooms.Remove(room);
            }

            Tell(members, new(ChatHeader.Left, room, member.Name));
        }
    }

    private static void Tell(IEnumerable<Member> members, in ChatHeader header, in ReadOnlySequence<byte> body = default)
    {
        foreach (var member in members)
        {
            member.Tell(header, body);
        }
    }

    private Member[] MembersOf(string room) => _rooms.GetValueOrDefault(room, []);
}
