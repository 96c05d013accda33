namespace FramedSockets.Tcp;

/// <summary>
/// What is kept for each open connection, in numbered places: eight bytes for one, where a hash table takes a hundred. A place that
/// became empty is taken again first.
/// </summary>
/// <remarks>
/// Thread-safe. Who walks takes no lock and keeps nobody out: who is there all the while is met once, and who comes or goes meanwhile
/// perhaps.
/// </remarks>
internal sealed class ConnectionTable<T>
    where T : class
{
    private readonly Stack<int> _empty = new();
    private T?[] _places = [];
    private int _end;

    public int Count
    {
        get
        {
            lock (_empty)
            {
                return _end - _empty.Count;
            }
        }
    }

    /// <summary>Takes one in; returns its place.</summary>
    public int Add(T one)
    {
        lock (_empty)
        {
            if (!_empty.TryPop(out var place))
            {
                place = _end;
                if (_end == _places.Length)
                {
                    Array.Resize(ref _places, Math.Max(16, 2 * _end));
                }

                _end++;
            }

            Volatile.Write(ref _places[place], one);
            return place;
        }
    }

    /// <summary>Empties a place, which was not emptied since it was taken.</summary>
    public void Remove(int place)
    {
        lock (_empty)
        {
            _places[place] = null;
            _empty.Push(place);
            if (_empty.Count == _end)
            {
                (_places, _end) = ([], 0);
                _empty.Clear();
                _empty.TrimExcess();
            }
        }
    }

    /// <summary>All that are there, and their places.</summary>
    public IEnumerable<(int Place, T One)> Walk()
    {
        T?[] places;
        int end;
        lock (_empty)
        {
            (places, end) = (_places, _end);
        }

        for (var place = 0; place < end; place++)
        {
            if (Volatile.Read(ref places[place]) is { } one)
            {
                yield return (place, one);
            }
        }
    }
}
